import de.bwaldvogel.mongo.bson.Document;
import java.util.List;

/** What the first stages of an aggregation ask for, as a search that may use an index. */
final class Pipelines {
  /** A leading $match, and behind it $sort and $limit; null when there is none. */
  static Search leadingSearch(Document command) {
    List<Document> stages = stagesOf(command);
    if (stages.isEmpty() || !(stages.get(0).get("$match") instanceof Document query)) return null;
    if (stages.size() < 2 || !(stages.get(1).get("$sort") instanceof Document order)) return new Search(query, null, 0, 0);
    boolean limited = stages.size() > 2 && stages.get(2).get("$limit") instanceof Number;
    return new Search(query, order, 0, limited ? ((Number) stages.get(2).get("$limit")).intValue() : 0);
  }

  /** The query of a plain count ($match, $group: {_id: 1, n: {$sum: 1}}), as drivers send it for countDocuments; else null. */
  static Document countedQuery(Document command) {
    List<Document> stages = stagesOf(command);
    if (stages.size() != 2 || !(stages.get(0).get("$match") instanceof Document query)) return null;
    Document all = new Document("_id", 1).append("n", new Document("$sum", 1));
    return stages.get(1).equals(new Document("$group", all)) ? query : null;
  }

  /** Whether the last stage stores what comes out. */
  static boolean stores(Document command) {
    List<Document> stages = stagesOf(command);
    if (stages.isEmpty()) return false;
    Document last = stages.get(stages.size() - 1);
    return last.containsKey("$out") || last.containsKey("$merge");
  }

  @SuppressWarnings("unchecked")
  private static List<Document> stagesOf(Document command) {
    boolean plain = command.get("pipeline") instanceof List<?> stages && stages.stream().allMatch(Document.class::isInstance);
    return plain ? (List<Document>) command.get("pipeline") : List.of();
  }

  private Pipelines() {}
}
