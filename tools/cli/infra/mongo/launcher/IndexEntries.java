import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.PriorityQueue;
import org.h2.mvstore.Cursor;

/**
 * The entries of ranges of an index, merged into the order of the sort keys. Entries with equal sort keys come in the order of their
 * _id, as a stable sort of all documents would bring them.
 */
final class IndexEntries implements Iterator<IndexEntries.Entry> {
  /** `from` and `to`: where its sort keys lie in the key. */
  record Entry(byte[] key, int from, int to, Object position) {}

  /** Sort keys behind the equal ones, and in which direction they and the _id go; `whole`: the entries lie as they are wanted. */
  record Order(int equalKeys, int sortKeys, boolean backwards, boolean idsBackwards, boolean whole) {}

  private final SecondaryIndex index;
  private final Order order;
  private final Comparator<Entry> bySortKeys;
  private final Comparator<Entry> byId;
  private final PriorityQueue<Source> sources;
  private final ArrayDeque<Entry> group = new ArrayDeque<>();

  IndexEntries(SecondaryIndex index, List<IndexScan.Range> ranges, Order order) {
    this.index = index;
    this.order = order;
    Comparator<Entry> ascending = (one, other) -> Arrays.compareUnsigned(one.key, one.from, one.to, other.key, other.from, other.to);
    bySortKeys = order.backwards ? ascending.reversed() : ascending;
    byId = order.idsBackwards ? byIdAscending().reversed() : byIdAscending();
    sources = new PriorityQueue<>((one, other) -> bySortKeys.compare(one.head, other.head));
    for (IndexScan.Range range : ranges) {
      Source source = new Source(range, index.cursor(range.from(), range.before(), order.backwards));
      if (source.advance()) sources.add(source);
    }
  }

  @Override
  public boolean hasNext() {
    return !group.isEmpty() || !sources.isEmpty();
  }

  @Override
  public Entry next() {
    if (group.isEmpty()) fillGroup();
    return group.remove();
  }

  private void fillGroup() {
    if (sources.isEmpty()) throw new NoSuchElementException();
    Entry first = take();
    if (sources.isEmpty() || bySortKeys.compare(first, sources.peek().head) != 0) {
      group.add(first);
      return;
    }
    List<Entry> equal = new ArrayList<>(List.of(first));
    while (!sources.isEmpty() && bySortKeys.compare(first, sources.peek().head) == 0) equal.add(take());
    equal.sort(byId);
    group.addAll(equal);
  }

  private Entry take() {
    Source source = sources.remove();
    Entry entry = source.head;
    if (source.advance()) sources.add(source);
    return entry;
  }

  private Comparator<Entry> byIdAscending() {
    return (one, other) -> {
      int from = index.offsetOf(one.key, index.size());
      int otherFrom = index.offsetOf(other.key, index.size());
      return Arrays.compareUnsigned(one.key, from, one.key.length, other.key, otherFrom, other.key.length);
    };
  }

  private final class Source {
    private final IndexScan.Range range;
    private final Cursor<byte[], Object> cursor;
    private Entry head;

    Source(IndexScan.Range range, Cursor<byte[], Object> cursor) {
      this.range = range;
      this.cursor = cursor;
    }

    boolean advance() {
      if (!cursor.hasNext()) return false;
      byte[] key = cursor.next();
      head = new Entry(key, range.prefix(), order.whole ? key.length : endOfSortKeys(key), cursor.getValue());
      return true;
    }

    private int endOfSortKeys(byte[] key) {
      int end = range.prefix();
      for (int at = 0; at < order.sortKeys; at++) end = SortableBytes.endOf(key, end, index.isAscending(order.equalKeys + at));
      return end;
    }
  }
}
