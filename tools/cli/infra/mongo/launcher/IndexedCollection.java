import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.backend.ArrayFilters;
import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.QueryResult;
import de.bwaldvogel.mongo.backend.h2.H2Collection;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.oplog.Oplog;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.h2.mvstore.MVMap;

/**
 * A collection that answers queries by its indexes and holds no more documents in memory than it sends at once. The answers are those
 * of a scan: what an index leads to is matched with the whole query and comes in the order in which a scan would bring it.
 */
final class IndexedCollection extends H2Collection {
  private static final Document EVERYTHING = new Document();

  private final MVMap<Object, Document> documents;
  private final ThreadLocal<Search> narrowed = new ThreadLocal<>();

  /** Guarded by this: whether documents are looked for to be changed, and how many will be (0: all). */
  private boolean changing;

  private int changed;

  IndexedCollection(
      MongoDatabase database,
      String name,
      CollectionOptions options,
      MVMap<Object, Document> documents,
      MVMap<String, Object> meta,
      CursorRegistry cursors) {
    super(database, name, options, documents, meta, cursors);
    this.documents = documents;
  }

  @Override
  public synchronized void addIndex(Index<Object> index) {
    boolean known = getIndexes().stream().anyMatch(one -> one.getName().equals(index.getName()));
    if (!known && index instanceof SecondaryIndex secondary && !secondary.isComplete()) secondary.build(documents.values().stream());
    super.addIndex(index);
  }

  @Override
  public synchronized void dropIndex(String name) {
    super.dropIndex(name);
  }

  @Override
  public synchronized int count(Document query, int skip, int limit) {
    OptionalLong counted = skip == 0 && limit <= 0 && query != null ? QueryPlan.count(this, query) : OptionalLong.empty();
    return counted.isPresent() ? (int) counted.getAsLong() : super.count(query, skip, limit);
  }

  @Override
  public synchronized Document updateDocuments(
      Document selector, Document update, ArrayFilters arrayFilters, boolean multi, boolean upsert, Oplog oplog) {
    changing = true;
    changed = multi ? 0 : 1;
    try {
      return super.updateDocuments(selector, update, arrayFilters, multi, upsert, oplog);
    } finally {
      changing = false;
    }
  }

  @Override
  public synchronized Document findAndModify(Document query) {
    changing = true;
    changed = 1;
    try {
      return super.findAndModify(query);
    } finally {
      changing = false;
    }
  }

  /** What an aggregation of this thread reads next: its first stages as a search. They are applied again to what is found. */
  void narrow(Search search) {
    narrowed.set(search);
  }

  /** What an aggregation reads. */
  @Override
  public Stream<Document> queryAllAsStream() {
    Search search = narrowed.get() == null ? new Search(EVERYTHING, null, 0, 0) : narrowed.get();
    narrowed.remove();
    Iterable<Document> found;
    synchronized (this) {
      found = queryDocuments(search.query(), search.orderBy(), 0, search.limit(), 0, null);
    }
    return StreamSupport.stream(found.spliterator(), false);
  }

  @Override
  protected QueryResult queryDocuments(Document query, Document orderBy, int skip, int limit, int batchSize, Document fields) {
    if (orderBy != null && orderBy.containsKey("$natural"))
      return super.queryDocuments(query, orderBy, skip, limit, batchSize, fields);
    Search search = new Search(query, orderBy, skip, changing && changed > 0 ? changed : limit);
    QueryPlan plan = QueryPlan.of(this, search);
    Iterator<Matches.Match> matches = search.cut(plan.matches(documents));
    Function<Document, Document> shape = shape(fields);
    if (batchSize <= 0) return new QueryResult(() -> documentsOf(matches, shape));
    return firstBatch(plan, matches, shape, batchSize);
  }

  private QueryResult firstBatch(QueryPlan plan, Iterator<Matches.Match> matches, Function<Document, Document> shape, int size) {
    List<Document> batch = new ArrayList<>();
    Object last = null;
    while (batch.size() < size && matches.hasNext()) {
      Matches.Match match = matches.next();
      last = match.position();
      batch.add(shape.apply(match.document()));
    }
    if (!matches.hasNext()) return new QueryResult(batch);
    var cursor = plan.isWholeScan() ? scanFrom(last, plan, shape) : rest(matches, shape);
    cursorRegistry.add(cursor);
    return new QueryResult(batch, cursor);
  }

  private ScanCursor scanFrom(Object last, QueryPlan plan, Function<Document, Document> shape) {
    Function<Object, Iterator<Matches.Match>> behind = position -> Matches.amongAll(documents, position, plan.search().query());
    return new ScanCursor(cursorRegistry.generateCursorId(), last, behind, shape);
  }

  private PositionsCursor rest(Iterator<Matches.Match> matches, Function<Document, Document> shape) {
    List<Object> positions = new ArrayList<>();
    matches.forEachRemaining(match -> positions.add(match.position()));
    Function<Object, Document> documentAt = position -> {
      Document document = documents.get(position);
      return document == null ? null : shape.apply(document);
    };
    return new PositionsCursor(cursorRegistry.generateCursorId(), positions, documentAt);
  }

  /**
   * What is sent of a document. The server changes in place what it finds, while it is being sent to others or written to the file:
   * for a change it gets a copy.
   */
  private Function<Document, Document> shape(Document fields) {
    if (changing) return Document::cloneDeeply;
    if (fields == null || fields.isEmpty()) return Function.identity();
    return document -> matchDocumentsFromStream(Stream.of(document), EVERYTHING, (Document) null, 0, 0, 0, fields).iterator().next();
  }

  private static Iterator<Document> documentsOf(Iterator<Matches.Match> matches, Function<Document, Document> shape) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return matches.hasNext();
      }

      @Override
      public Document next() {
        return shape.apply(matches.next().document());
      }
    };
  }
}
