import de.bwaldvogel.mongo.backend.Utils;
import de.bwaldvogel.mongo.backend.ValueComparator;
import de.bwaldvogel.mongo.bson.Document;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.PriorityQueue;

/** Sorts matches without an index: what they are sorted by is held, not the documents, and no more of it than is asked for. */
final class SortedPositions {
  private record Row(Object[] keys, long number, Object position) {}

  private final String[] fields;
  private final ValueComparator[] comparators;

  SortedPositions(Document orderBy) {
    fields = orderBy.keySet().toArray(String[]::new);
    comparators = orderBy.values().stream()
        .map(direction -> ((Number) direction).intValue() > 0 ? ValueComparator.asc() : ValueComparator.desc())
        .toArray(ValueComparator[]::new);
  }

  /** The first `wanted` (0: all) positions; what is equal stays in the order in which it came. */
  List<Object> of(Iterator<Matches.Match> matches, long wanted) {
    Comparator<Row> order = this::compare;
    PriorityQueue<Row> kept = new PriorityQueue<>(order.reversed());
    List<Row> rows = new ArrayList<>();
    for (long number = 0; matches.hasNext(); number++) {
      Row row = rowOf(matches.next(), number);
      if (wanted == 0) {
        rows.add(row);
      } else if (kept.size() < wanted || compare(row, kept.peek()) < 0) {
        kept.add(row);
        if (kept.size() > wanted) kept.remove();
      }
    }
    rows.addAll(kept);
    rows.sort(order);
    return rows.stream().map(Row::position).toList();
  }

  private Row rowOf(Matches.Match match, long number) {
    Object[] keys = new Object[fields.length];
    for (int at = 0; at < keys.length; at++) keys[at] = Utils.getSubdocumentValueCollectionAware(match.document(), fields[at]);
    return new Row(keys, number, match.position());
  }

  private int compare(Row one, Row other) {
    for (int at = 0; at < comparators.length; at++) {
      int result = comparators[at].compare(one.keys[at], other.keys[at]);
      if (result != 0) return result;
    }
    return Long.compare(one.number, other.number);
  }
}
