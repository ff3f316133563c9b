import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.bson.Document;
import java.util.Iterator;
import java.util.OptionalLong;
import org.h2.mvstore.MVMap;

/** How a search is answered: by a unique index, a secondary index, or all documents; and whether it is sorted afterwards. */
record QueryPlan(Search search, Iterable<Object> unique, IndexScan scan) {
  static QueryPlan of(IndexedCollection collection, Search search) {
    Iterable<Object> unique = search.query().isEmpty() ? null : positionsByUniqueIndex(collection, search.query());
    return new QueryPlan(search, unique, unique == null ? bestScan(collection, search) : null);
  }

  /** The number of matches, where an index knows it without the documents. */
  static OptionalLong count(IndexedCollection collection, Document query) {
    IndexScan scan = bestScan(collection, new Search(query, null, 0, 0));
    return scan == null ? OptionalLong.empty() : scan.exactCount();
  }

  /** All documents in the order of their positions, so that a later scan can go on behind one. */
  boolean isWholeScan() {
    return unique == null && scan == null && !search.isSorted() && search.limit() <= 0;
  }

  Iterator<Matches.Match> matches(MVMap<Object, Document> documents) {
    Matches found = candidates(documents);
    boolean inOrder = !search.isSorted() || scan != null && scan.isSorted();
    if (inOrder) return found;
    Iterator<Object> sorted = new SortedPositions(search.orderBy()).of(found, search.wanted()).iterator();
    return Matches.at(documents, sorted, new Document());
  }

  private Matches candidates(MVMap<Object, Document> documents) {
    if (unique != null) return Matches.at(documents, unique.iterator(), search.query());
    if (scan == null) return Matches.amongAll(documents, null, search.query());
    return Matches.at(documents, scan.positions(!search.isSorted() && search.limit() > 0), search.query());
  }

  /** By conditions on exactly the keys of a unique index, among others: `{_id, version: {$lt}}` is one document, not a scan. */
  private static Iterable<Object> positionsByUniqueIndex(IndexedCollection collection, Document query) {
    for (Index<Object> index : collection.getIndexes()) {
      if (!index.isUnique()) continue;
      Document part = new Document();
      for (var key : index.getKeys()) if (query.containsKey(key.getKey())) part.put(key.getKey(), query.get(key.getKey()));
      if (part.size() == index.getKeys().size() && index.canHandle(part)) return index.getPositions(part);
    }
    return null;
  }

  private static IndexScan bestScan(IndexedCollection collection, Search search) {
    Conditions conditions = Conditions.of(search.query());
    long lowest = collection.count() + 1L;
    IndexScan best = null;
    for (Index<Object> index : collection.getIndexes()) {
      if (!(index instanceof SecondaryIndex secondary)) continue;
      IndexScan scan = IndexScan.of(secondary, conditions, search.orderBy());
      if (scan == null) continue;
      long cost = scan.cost(search.wanted(), search.isSorted());
      if (cost >= lowest) continue;
      lowest = cost;
      best = scan;
    }
    return best;
  }
}
