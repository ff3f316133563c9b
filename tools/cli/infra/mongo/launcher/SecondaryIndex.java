import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.Missing;
import de.bwaldvogel.mongo.bson.Document;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.type.ByteArrayDataType;
import org.h2.mvstore.type.ObjectDataType;

/**
 * An index that is not unique: a map of the store from sortable bytes (the keys' values, then the document's _id) to the document's
 * position. It is as durable as the documents, and in memory it takes no more than its pages in the store's cache.
 */
final class SecondaryIndex extends Index<Object> {
  private static final String ID = "_id";
  /** Below every entry: what has been seen in each of the keys, and the version of this code that has built the whole map. */
  private static final byte[] SEEN = {0};

  private static final byte[] BUILT_BY = {0, 0};
  private static final int VERSION = 2;

  private static final byte[] FIRST = {1};
  private static final int MANY = 1;
  private static final int INEXACT = 2;

  private final MVMap<byte[], Object> map;
  private final String[][] paths;
  private final boolean usable;
  private byte[] seen;

  SecondaryIndex(MVStore store, String mapName, String name, List<IndexKey> keys, boolean sparse) {
    super(name, keys, sparse);
    map = store.openMap(mapName, new MVMap.Builder<byte[], Object>().keyType(KeyType.INSTANCE).valueType(new ObjectDataType()));
    paths = keys.stream().map(key -> key.getKey().split("\\.")).toArray(String[][]::new);
    usable = Arrays.stream(paths).flatMap(Arrays::stream).noneMatch(part -> part.isEmpty() || part.matches("\\d+|.*\\$.*"));
    seen = map.get(SEEN) instanceof byte[] kept ? kept : new byte[keys.size() + 1];
  }

  boolean isComplete() {
    return Integer.valueOf(VERSION).equals(map.get(BUILT_BY));
  }

  /** Wildcards, positions in arrays and the like are kept as definitions and never used. */
  boolean isUsable() {
    return usable;
  }

  boolean isAscending(int key) {
    return getKeys().get(key).isAscending();
  }

  boolean hasMany(int key) {
    return (seen[key] & MANY) != 0;
  }

  boolean hasMany() {
    return java.util.stream.IntStream.range(0, paths.length).anyMatch(this::hasMany);
  }

  /** Whether the entries lie in the order of this key's values; the key behind the last is the _id. */
  boolean isOrderedBy(int key) {
    return seen[key] == 0;
  }

  /** Whether in the first so many keys equal bytes have always meant equal values. */
  boolean isExactIn(int keys) {
    return java.util.stream.IntStream.range(0, keys).allMatch(this::isOrderedBy);
  }

  void build(Stream<Document> documents) {
    map.clear();
    seen = new byte[paths.length + 1];
    map.put(SEEN, seen);
    documents.forEach(document -> add(document, positionOf(document), null));
    map.put(BUILT_BY, VERSION);
  }

  /** Number of entries from one key to before another; null has no limit. */
  long countBetween(byte[] from, byte[] before) {
    return Math.max(0, rank(before) - rank(from.length == 0 ? FIRST : from));
  }

  /** Keys from `from` to before `before`, or the other way round. */
  Cursor<byte[], Object> cursor(byte[] from, byte[] before, boolean backwards) {
    byte[] first = from.length == 0 ? FIRST : from;
    return backwards ? map.cursor(before, first, true) : map.cursor(first, before, false);
  }

  /** Where in an entry the component behind `keys` others begins. */
  int offsetOf(byte[] entry, int keys) {
    int offset = 0;
    for (int key = 0; key < keys; key++) offset = SortableBytes.endOf(entry, offset, isAscending(key));
    return offset;
  }

  int size() {
    return paths.length;
  }

  private long rank(byte[] key) {
    if (key == null) return map.sizeAsLong();
    long index = map.getKeyIndex(key);
    return index < 0 ? -index - 1 : index;
  }

  private static Object positionOf(Document document) {
    return Missing.ofNullable(document.get(ID));
  }

  /** The entries of a document: one for each combination of its keys' values. */
  private TreeMap<byte[], Object> entriesOf(Document document) {
    List<SortableBytes> entries = List.of(new SortableBytes());
    for (int key = 0; key < paths.length; key++) {
      FieldValues values = FieldValues.of(document, paths[key]);
      if (values.many()) note(key, MANY);
      List<byte[]> components = new ArrayList<>();
      for (Object value : values.values()) {
        if (!SortableBytes.isExact(value)) note(key, INEXACT);
        components.add(new SortableBytes().append(value, isAscending(key)).toArray());
      }
      entries = extended(entries, components);
    }
    TreeMap<byte[], Object> result = new TreeMap<>(Arrays::compareUnsigned);
    byte[] id = idOf(document);
    for (SortableBytes entry : entries) result.put(entry.appendRaw(id).toArray(), positionOf(document));
    return result;
  }

  private static List<SortableBytes> extended(List<SortableBytes> entries, List<byte[]> components) {
    if (components.size() == 1) {
      entries.forEach(entry -> entry.appendRaw(components.get(0)));
      return entries;
    }
    List<SortableBytes> result = new ArrayList<>();
    for (SortableBytes entry : entries)
      for (byte[] component : components) result.add(new SortableBytes().appendRaw(entry.toArray()).appendRaw(component));
    return result;
  }

  /** Ids whose bytes do not tell them apart get what does behind them. */
  private byte[] idOf(Document document) {
    Object id = document.get(ID);
    SortableBytes bytes = new SortableBytes().append(id, true);
    if (SortableBytes.isExact(id)) return bytes.toArray();
    note(paths.length, INEXACT);
    return bytes.appendRaw(DocumentType.encoded(new Document(ID, id))).toArray();
  }

  private void note(int at, int what) {
    if ((seen[at] & what) == what) return;
    seen = seen.clone();
    seen[at] |= (byte) what;
    map.put(SEEN, seen);
  }

  @Override
  public void add(Document document, Object position, MongoCollection<Object> collection) {
    map.putAll(entriesOf(document));
  }

  @Override
  public Object remove(Document document) {
    entriesOf(document).keySet().forEach(map::remove);
    return positionOf(document);
  }

  @Override
  public void updateInPlace(Document before, Document after, Object position, MongoCollection<Object> collection) {
    TreeMap<byte[], Object> old = entriesOf(before);
    TreeMap<byte[], Object> current = entriesOf(after);
    TreeSet<byte[]> gone = new TreeSet<>(old.navigableKeySet());
    gone.removeAll(current.keySet());
    current.keySet().removeAll(old.keySet());
    gone.forEach(map::remove);
    map.putAll(current);
  }

  /** Refuses what mongod refuses: two arrays in one index. */
  @Override
  public void checkAdd(Document document, MongoCollection<Object> collection) {
    if (paths.length > 1) getKeyValues(document);
  }

  @Override
  public void checkUpdate(Document before, Document after, MongoCollection<Object> collection) {
    checkAdd(after, collection);
  }

  @Override
  public Object getPosition(Document document) {
    return null; // the unique index of _id knows it
  }

  @Override
  public boolean canHandle(Document query) {
    return false; // IndexScan decides
  }

  @Override
  public Iterable<Object> getPositions(Document query) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean isEmpty() {
    return false; // the collection builds it before it is added
  }

  @Override
  public long getCount() {
    return map.sizeAsLong() - 2;
  }

  @Override
  public long getDataSize() {
    return getCount();
  }

  @Override
  public void drop() {} // the database removes the map

  /** Bytes in unsigned order. */
  private static final class KeyType extends org.h2.mvstore.type.BasicDataType<byte[]> {
    static final KeyType INSTANCE = new KeyType();

    @Override
    public int compare(byte[] one, byte[] other) {
      return Arrays.compareUnsigned(one, other);
    }

    @Override
    public int getMemory(byte[] key) {
      return 24 + key.length;
    }

    @Override
    public void write(org.h2.mvstore.WriteBuffer buffer, byte[] key) {
      ByteArrayDataType.INSTANCE.write(buffer, key);
    }

    @Override
    public byte[] read(java.nio.ByteBuffer buffer) {
      return ByteArrayDataType.INSTANCE.read(buffer);
    }

    @Override
    public byte[][] createStorage(int size) {
      return new byte[size][];
    }
  }
}
