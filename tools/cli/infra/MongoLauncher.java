import de.bwaldvogel.mongo.MongoBackend;
import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.MongoServerError;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import java.io.File;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.h2.mvstore.MVStoreTool;

/**
 * mongo-java-server, made fit for mongoose 9 and for kill -9. Arguments: port, data file.
 *
 * <ul>
 *   <li>It reports wire version 13: the driver refuses less than 9.
 *   <li>Every write ends in a commit of the store. By default up to a second of acknowledged writes dies with the process.
 *       A commit survives kill -9, not a power cut.
 *   <li>What the server would accept and silently do wrong is refused with NotImplemented (238).
 * </ul>
 */
public final class MongoLauncher {
  private static final Set<String> READS = Set.of(
      "find", "aggregate", "count", "distinct", "getmore", "killcursors", "hello", "ismaster", "ping", "buildinfo",
      "listcollections", "listindexes", "listdatabases", "endsessions", "dbstats", "collstats", "serverstatus", "whatsmyuri", "getlog");
  private static final long COMPACT_ABOVE_BYTES = 64L << 20;

  private static final class DurableBackend extends H2Backend {
    DurableBackend(String file) {
      super(file);
      // The background thread stays on: it is what compacts a file that gets one commit per write.
      getMvStore().setVersionsToKeep(0);
      getMvStore().setRetentionTime(2000);
    }

    @Override
    public Document handleMessage(MongoMessage message) {
      Document command = message.getDocument();
      refuseUnsupported(command);
      Document answer = super.handleMessage(message);
      if (!READS.contains(nameOf(command).toLowerCase(Locale.ROOT))) commit();
      return answer;
    }
  }

  private static final class WireVersion13 implements MongoVersion {
    @Override
    public List<Integer> getVersionArray() {
      return List.of(5, 0, 0);
    }

    @Override
    public int getWireVersion() {
      return 13;
    }
  }

  private static String nameOf(Document command) {
    return command.keySet().iterator().next();
  }

  private static void refuse(String what) {
    throw new MongoServerError(238, "NotImplemented", what + " is not implemented by this server");
  }

  private static void refuseUnsupported(Document command) {
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
    if (nameOf(command).equals("aggregate")) renameStages(command.get("pipeline"));
  }

  /** The server knows $addFields but not its newer name. */
  private static void renameStages(Object pipeline) {
    for (Document stage : documentsIn(pipeline)) {
      if (stage.containsKey("$set")) stage.put("$addFields", stage.remove("$set"));
      if (stage.get("$facet") instanceof Document facets) facets.values().forEach(MongoLauncher::renameStages);
    }
  }

  private static List<Document> documentsIn(Object value) {
    if (!(value instanceof Collection<?> items)) return List.of();
    return items.stream().filter(Document.class::isInstance).map(Document.class::cast).toList();
  }

  public static void main(String[] args) throws Exception {
    int port = Integer.parseInt(args[0]);
    String file = args[1];
    MVStoreTool.compactCleanUp(file); // finishes a compaction that was killed half-way
    if (new File(file).length() > COMPACT_ABOVE_BYTES) MVStoreTool.compact(file, false);
    MongoBackend backend = new DurableBackend(file).version(new WireVersion13());
    MongoServer server = new MongoServer(backend);
    server.bind("127.0.0.1", port);
    Runtime.getRuntime().addShutdownHook(new Thread(server::shutdown));
    Thread.currentThread().join();
  }
}
