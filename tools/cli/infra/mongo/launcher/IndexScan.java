import de.bwaldvogel.mongo.bson.Document;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/** One way to answer a query by a secondary index: the ranges of entries to read, and whether they come in the order asked for. */
final class IndexScan {
  private static final String ID = "_id";
  /** Lists of values ($in) multiply; beyond this the next key is not narrowed. */
  private static final int MAX_RANGES = 256;
  /** So many entries are read for one match, it is assumed, when the query asks for more than the index knows. */
  private static final int ENTRIES_PER_MATCH = 20;

  /** Entries from `from` to before `before`, which all begin with `prefix` bytes of equal keys. */
  record Range(byte[] from, byte[] before, int prefix) {}

  private final SecondaryIndex index;
  private final List<Range> ranges;
  private final boolean narrowed;
  private final boolean asksForMore;
  private final boolean exact;
  /** Keys with one listed value each, and the keys behind them that the sort follows; -1 when it does not. */
  private final int equalKeys;
  private final int sortKeys;
  private final boolean backwards;
  /** How entries with equal sort keys follow each other, by _id. */
  private final boolean idsBackwards;

  private IndexScan(SecondaryIndex index, Conditions conditions, Document orderBy) {
    this.index = index;
    List<byte[]> prefixes = List.of(new byte[0]);
    Set<String> used = new LinkedHashSet<>();
    int key = 0;
    for (; key < index.size(); key++) {
      Conditions.OfField wanted = wantedOf(conditions, key);
      if (wanted == null || wanted.oneOf == null || (long) prefixes.size() * wanted.oneOf.size() > MAX_RANGES) break;
      prefixes = extended(prefixes, wanted.oneOf, index.isAscending(key));
      used.add(fieldOf(key));
    }
    equalKeys = key;
    ranges = rangesOf(prefixes, conditions, used);
    narrowed = !used.isEmpty();
    asksForMore = conditions.asksMoreThan(used) || index.hasMany();
    exact = used.stream().allMatch(field -> conditions.get(field).isExact()) && index.isExactIn(used.size());
    Order order = Order.of(index, equalKeys, conditions, orderBy);
    sortKeys = order == null ? -1 : order.keys();
    backwards = order != null && order.backwards();
    idsBackwards = order != null && order.idsBackwards();
  }

  /** null when the index does not help. */
  static IndexScan of(SecondaryIndex index, Conditions conditions, Document orderBy) {
    if (!index.isUsable()) return null;
    IndexScan scan = new IndexScan(index, conditions, orderBy);
    return scan.narrowed || scan.isSorted() ? scan : null;
  }

  boolean isSorted() {
    return sortKeys >= 0;
  }

  /** Documents that this reads, about; `wanted` of them are asked for (0: all). */
  long cost(long wanted, boolean sortAsked) {
    long entries = 0;
    for (Range range : ranges) entries += index.countBetween(range.from, range.before);
    if (wanted == 0 || sortAsked && !isSorted()) return entries;
    return Math.min(entries, asksForMore ? wanted * ENTRIES_PER_MATCH : wanted);
  }

  /** The number of matches, if the entries alone tell it. */
  OptionalLong exactCount() {
    if (asksForMore || !exact) return OptionalLong.empty();
    return OptionalLong.of(ranges.stream().mapToLong(range -> index.countBetween(range.from, range.before)).sum());
  }

  /** Positions of the documents that may match, each once: in the order asked for, else in that of their _id, or `unordered`. */
  Iterator<Object> positions(boolean unordered) {
    boolean idsInPlace = equalKeys + sortKeys == index.size() && backwards == idsBackwards;
    IndexEntries.Order order = new IndexEntries.Order(equalKeys, Math.max(sortKeys, 0), backwards, idsBackwards, unordered || idsInPlace);
    Iterator<IndexEntries.Entry> entries = new IndexEntries(index, ranges, order);
    Set<Object> seen = index.hasMany() ? new java.util.HashSet<>() : null;
    return new Iterator<>() {
      private Object next = advance();

      private Object advance() {
        while (entries.hasNext()) {
          Object position = entries.next().position();
          if (seen == null || seen.add(position)) return position;
        }
        return null;
      }

      @Override
      public boolean hasNext() {
        return next != null;
      }

      @Override
      public Object next() {
        Object current = next;
        next = advance();
        return current;
      }
    };
  }

  private String fieldOf(int key) {
    return index.getKeys().get(key).getKey();
  }

  private Conditions.OfField wantedOf(Conditions conditions, int key) {
    Conditions.OfField wanted = conditions.get(fieldOf(key));
    return wanted != null && wanted.asksForNull() && index.hasMany(key) ? null : wanted; // null and arrays: too many rules
  }

  private static List<byte[]> extended(List<byte[]> prefixes, List<Object> values, boolean ascending) {
    Map<java.nio.ByteBuffer, byte[]> result = new java.util.LinkedHashMap<>();
    for (byte[] prefix : prefixes) {
      for (Object value : values) {
        byte[] bytes = new SortableBytes().appendRaw(prefix).append(value, ascending).toArray();
        result.put(java.nio.ByteBuffer.wrap(bytes), bytes);
      }
    }
    return new ArrayList<>(result.values());
  }

  private List<Range> rangesOf(List<byte[]> prefixes, Conditions conditions, Set<String> used) {
    Conditions.OfField bounds = equalKeys < index.size() ? wantedOf(conditions, equalKeys) : null;
    if (bounds == null || bounds.above == null && bounds.below == null) {
      return prefixes.stream().map(prefix -> new Range(prefix, SortableBytes.behind(prefix), prefix.length)).toList();
    }
    if (bounds.oneOf == null) used.add(fieldOf(equalKeys));
    return prefixes.stream().map(prefix -> bounded(prefix, bounds)).toList();
  }

  private Range bounded(byte[] prefix, Conditions.OfField bounds) {
    boolean ascending = index.isAscending(equalKeys);
    // Of an array one element may fulfil the one bound and another the other.
    boolean onlyOne = index.hasMany(equalKeys) && bounds.above != null;
    Object above = bounds.above;
    Object below = onlyOne ? null : bounds.below;
    Object type = above != null ? above : below;
    byte[] bracket = new SortableBytes().appendRaw(prefix).appendType(type, ascending).toArray();
    byte[] low = limit(prefix, ascending ? above : below, ascending, ascending ? !bounds.aboveIncluded : !bounds.belowIncluded);
    byte[] high = limit(prefix, ascending ? below : above, ascending, ascending ? bounds.belowIncluded : bounds.aboveIncluded);
    return new Range(low == null ? bracket : low, high == null ? SortableBytes.behind(bracket) : high, prefix.length);
  }

  private static byte[] limit(byte[] prefix, Object value, boolean ascending, boolean behind) {
    if (value == null) return null;
    byte[] bytes = new SortableBytes().appendRaw(prefix).append(value, ascending).toArray();
    return behind ? SortableBytes.behind(bytes) : bytes;
  }

  /** How far a sort follows the index behind the keys with one value each. */
  private record Order(int keys, boolean backwards, boolean idsBackwards) {
    static Order of(SecondaryIndex index, int equalKeys, Conditions conditions, Document orderBy) {
      if (orderBy == null || orderBy.isEmpty()) return null;
      int keys = 0;
      Boolean backwards = null;
      Boolean idsBackwards = null;
      for (Map.Entry<String, Object> entry : orderBy.entrySet()) {
        if (!(entry.getValue() instanceof Number direction)) return null;
        boolean descending = direction.intValue() <= 0;
        if (idsBackwards != null) continue; // behind the _id nothing is left to order
        if (isConstant(index, equalKeys, conditions, entry.getKey())) continue;
        int key = equalKeys + keys;
        if (key < index.size() && index.getKeys().get(key).getKey().equals(entry.getKey())) {
          boolean against = descending == index.isAscending(key);
          if (!index.isOrderedBy(key) || backwards != null && backwards != against) return null;
          backwards = against;
          keys++;
        } else if (entry.getKey().equals(ID)) {
          idsBackwards = descending;
        } else {
          return null;
        }
      }
      if (!index.isOrderedBy(index.size())) return null;
      if (backwards == null && equalKeys == index.size()) backwards = idsBackwards;
      return new Order(keys, Boolean.TRUE.equals(backwards), Boolean.TRUE.equals(idsBackwards));
    }

    /** A field that has the same value in every match has no say in the order. */
    private static boolean isConstant(SecondaryIndex index, int equalKeys, Conditions conditions, String field) {
      Conditions.OfField wanted = conditions.get(field);
      if (wanted == null || !wanted.isOneValue()) return false;
      for (int key = 0; key < equalKeys; key++) if (index.getKeys().get(key).getKey().equals(field)) return !index.hasMany(key);
      return false;
    }
  }
}
