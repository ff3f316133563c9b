import de.bwaldvogel.mongo.bson.Document;
import java.util.Iterator;

/** What is looked for; a limit of 0 is none. */
record Search(Document query, Document orderBy, int skip, int limit) {
  boolean isSorted() {
    return orderBy != null && !orderBy.isEmpty();
  }

  /** Matches that have to be found before the answer is complete; 0: all. */
  long wanted() {
    return limit > 0 ? (long) skip + limit : 0;
  }

  /** Skip and limit applied. */
  <T> Iterator<T> cut(Iterator<T> matches) {
    for (int skipped = 0; skipped < skip && matches.hasNext(); skipped++) matches.next();
    if (limit <= 0) return matches;
    return new Iterator<>() {
      private int left = limit;

      @Override
      public boolean hasNext() {
        return left > 0 && matches.hasNext();
      }

      @Override
      public T next() {
        left--;
        return matches.next();
      }
    };
  }
}
