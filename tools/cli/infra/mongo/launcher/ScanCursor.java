import de.bwaldvogel.mongo.backend.AbstractCursor;
import de.bwaldvogel.mongo.bson.Document;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;

/** The rest of a scan that is fetched in batches: it holds the place where it goes on, no documents. */
final class ScanCursor extends AbstractCursor {
  private final Function<Object, Iterator<Matches.Match>> matchesBehind;
  private final Function<Document, Document> shape;
  private Object last;
  private boolean more = true;

  /** `matchesBehind` opens the matches behind a position. */
  ScanCursor(long id, Object last, Function<Object, Iterator<Matches.Match>> matchesBehind, Function<Document, Document> shape) {
    super(id);
    this.last = last;
    this.matchesBehind = matchesBehind;
    this.shape = shape;
  }

  @Override
  public synchronized boolean isEmpty() {
    return !more;
  }

  @Override
  public synchronized List<Document> takeDocuments(int number) {
    List<Document> batch = new ArrayList<>();
    Iterator<Matches.Match> matches = matchesBehind.apply(last);
    while (batch.size() < Batch.sizeOf(number) && matches.hasNext()) {
      Matches.Match match = matches.next();
      last = match.position();
      batch.add(shape.apply(match.document()));
    }
    more = matches.hasNext();
    return batch;
  }
}
