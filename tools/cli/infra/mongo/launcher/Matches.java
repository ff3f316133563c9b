import de.bwaldvogel.mongo.backend.DefaultQueryMatcher;
import de.bwaldvogel.mongo.backend.QueryMatcher;
import de.bwaldvogel.mongo.bson.Document;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.Page;
import org.h2.mvstore.RootReference;

/** Matches of a query one after the other, as the documents were when this was made; no more than one is held. */
final class Matches implements Iterator<Matches.Match> {
  record Match(Object position, Document document) {}

  private final QueryMatcher matcher = new DefaultQueryMatcher(); // it keeps state: not shared
  private final Document query;
  private final Iterator<Match> candidates;
  private Match next;

  private Matches(Document query, Iterator<Match> candidates) {
    this.query = query;
    this.candidates = candidates;
  }

  /** Of all documents behind a position (null: all), in the order of the map. */
  static Matches amongAll(MVMap<Object, Document> documents, Object behind, Document query) {
    RootReference<Object, Document> root = documents.flushAndGetRoot();
    Cursor<Object, Document> cursor = documents.cursor(root, behind, null, false);
    return new Matches(query, new Iterator<>() {
      @Override
      public boolean hasNext() {
        return cursor.hasNext();
      }

      @Override
      public Match next() {
        Object position = cursor.next();
        return new Match(position, position.equals(behind) ? null : cursor.getValue());
      }
    });
  }

  static Matches at(MVMap<Object, Document> documents, Iterator<Object> positions, Document query) {
    Page<Object, Document> root = documents.flushAndGetRoot().root;
    return new Matches(query, new Iterator<>() {
      @Override
      public boolean hasNext() {
        return positions.hasNext();
      }

      @Override
      public Match next() {
        Object position = positions.next();
        return new Match(position, documents.get(root, position));
      }
    });
  }

  @Override
  public boolean hasNext() {
    while (next == null && candidates.hasNext()) {
      Match candidate = candidates.next();
      if (candidate.document != null && matcher.matches(candidate.document, query)) next = candidate;
    }
    return next != null;
  }

  @Override
  public Match next() {
    if (!hasNext()) throw new NoSuchElementException();
    Match current = next;
    next = null;
    return current;
  }
}
