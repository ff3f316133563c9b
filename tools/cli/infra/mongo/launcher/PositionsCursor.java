import de.bwaldvogel.mongo.backend.AbstractCursor;
import de.bwaldvogel.mongo.bson.Document;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** The rest of an answer that came by an index or was sorted: it holds positions, and documents that are gone are left out. */
final class PositionsCursor extends AbstractCursor {
  private final List<Object> positions;
  private final Function<Object, Document> documentAt;
  private int at;

  PositionsCursor(long id, List<Object> positions, Function<Object, Document> documentAt) {
    super(id);
    this.positions = positions;
    this.documentAt = documentAt;
  }

  @Override
  public synchronized boolean isEmpty() {
    return at == positions.size();
  }

  @Override
  public synchronized List<Document> takeDocuments(int number) {
    List<Document> batch = new ArrayList<>();
    while (batch.size() < Batch.sizeOf(number) && at < positions.size()) {
      Document document = documentAt.apply(positions.get(at++));
      if (document != null) batch.add(document);
    }
    return batch;
  }
}
