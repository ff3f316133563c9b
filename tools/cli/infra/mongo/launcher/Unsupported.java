import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.MongoServerError;
import java.util.Collection;
import java.util.List;

/** What the server would accept and silently do wrong is refused with NotImplemented (238). */
final class Unsupported {
  static void refuse(Document command) {
    if (command.containsKey("collation")) refuse("collation");
    if (command.containsKey("startTransaction")) refuse("transaction");
    for (Document index : documentsIn(command.get("indexes"))) {
      if (index.containsKey("partialFilterExpression")) refuse("index option partialFilterExpression");
      if (index.containsKey("collation")) refuse("index option collation");
    }
    for (String field : List.of("updates", "deletes")) {
      for (Document write : documentsIn(command.get(field))) {
        if (write.containsKey("collation")) refuse("collation");
        if (write.get("u") instanceof Collection) refuse("update with a pipeline");
      }
    }
    if (command.containsKey("aggregate")) renameStages(command.get("pipeline"));
  }

  /** The server knows $addFields but not its newer name. */
  private static void renameStages(Object pipeline) {
    for (Document stage : documentsIn(pipeline)) {
      if (stage.containsKey("$set")) stage.put("$addFields", stage.remove("$set"));
      if (stage.get("$facet") instanceof Document facets) facets.values().forEach(Unsupported::renameStages);
    }
  }

  private static List<Document> documentsIn(Object value) {
    if (!(value instanceof Collection<?> items)) return List.of();
    return items.stream().filter(Document.class::isInstance).map(Document.class::cast).toList();
  }

  private static void refuse(String what) {
    throw new MongoServerError(238, "NotImplemented", what + " is not implemented by this server");
  }

  private Unsupported() {}
}
