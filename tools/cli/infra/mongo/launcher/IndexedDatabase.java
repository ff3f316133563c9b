import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.DatabaseResolver;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.KeyValue;
import de.bwaldvogel.mongo.backend.h2.H2Database;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.oplog.Oplog;
import io.netty.channel.Channel;
import java.util.List;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.type.ObjectDataType;

/** A database whose collections have secondary indexes. Names of maps are those of the server, which drops them with the rest. */
final class IndexedDatabase extends H2Database {
  private static final ThreadLocal<MVStore> opening = new ThreadLocal<>();

  private static final String DOCUMENTS = "databases.";
  private static final String META = "meta.";

  private MVStore store;

  /** The server opens collections from its constructor, when no field of ours is set yet. */
  static IndexedDatabase open(String name, MVStore store, CursorRegistry cursors) {
    opening.set(store);
    try {
      return new IndexedDatabase(name, store, cursors);
    } finally {
      opening.remove();
    }
  }

  private IndexedDatabase(String name, MVStore store, CursorRegistry cursors) {
    super(name, store, cursors);
    this.store = store;
  }

  private MVStore store() {
    return store != null ? store : opening.get();
  }

  @Override
  public Document handleCommand(Channel channel, String command, Document query, DatabaseResolver databases, Oplog oplog) {
    if (command.equalsIgnoreCase("find") && Batch.isUnnamed(query)) query.put("batchSize", Batch.DEFAULT);
    if (!command.equalsIgnoreCase("aggregate")) return super.handleCommand(channel, command, query, databases, oplog);
    if (!(query.get(command) instanceof String name) || !(resolveCollection(name, false) instanceof IndexedCollection collection))
      return super.handleCommand(channel, command, query, databases, oplog);
    Document counted = Pipelines.countedQuery(query);
    if (counted != null) return countAnswer(collection, counted);
    collection.narrow(Pipelines.leadingSearch(query));
    try {
      return super.handleCommand(channel, command, query, databases, oplog);
    } finally {
      collection.narrow(null);
    }
  }

  private Document countAnswer(IndexedCollection collection, Document query) {
    int number = collection.count(query, 0, 0);
    List<Document> groups = number == 0 ? List.of() : List.of(new Document("_id", 1).append("n", number));
    Document cursor = new Document("id", 0L).append("ns", collection.getFullName()).append("firstBatch", groups);
    return new Document("cursor", cursor).append("ok", 1.0);
  }

  @Override
  protected MongoCollection<Object> openOrCreateCollection(String name, CollectionOptions options) {
    String fullName = getFullCollectionNamespace(name);
    MVMap.Builder<Object, Document> type = new MVMap.Builder<Object, Document>().valueType(new DocumentType());
    MVMap<Object, Document> documents = store().openMap(DOCUMENTS + fullName, type);
    MVMap<String, Object> meta = store().openMap(META + fullName);
    return new IndexedCollection(this, name, options, documents, meta, cursorRegistry);
  }

  /** The server asks the store for a map of this name; it gets the one that is open. */
  @Override
  protected Index<Object> openOrCreateUniqueIndex(String collection, String name, List<IndexKey> keys, boolean sparse) {
    var type = new MVMap.Builder<KeyValue, Object>().keyType(new KeyValueType()).valueType(new ObjectDataType());
    store().openMap(mapOfIndex(getFullCollectionNamespace(collection), name), type);
    return super.openOrCreateUniqueIndex(collection, name, keys, sparse);
  }

  @Override
  protected Index<Object> openOrCreateSecondaryIndex(String collection, String name, List<IndexKey> keys, boolean sparse) {
    return new SecondaryIndex(store(), mapOfIndex(getFullCollectionNamespace(collection), name), name, keys, sparse);
  }

  /** The server would leave the documents and the indexes behind in maps of the old name. */
  @Override
  public void moveCollection(MongoDatabase from, MongoCollection<?> collection, String newName) {
    String oldName = collection.getFullName();
    String fullName = getFullCollectionNamespace(newName);
    for (String prefix : List.of(DOCUMENTS, META)) renameMap(prefix + oldName, prefix + fullName);
    for (Index<?> index : collection.getIndexes()) renameMap(mapOfIndex(oldName, index.getName()), mapOfIndex(fullName, index.getName()));
    super.moveCollection(from, collection, newName);
  }

  private void renameMap(String from, String to) {
    if (store.hasMap(from)) store.renameMap(store.openMap(from), to);
  }

  private static String mapOfIndex(String fullCollectionName, String index) {
    return fullCollectionName + "._index_" + index;
  }
}
