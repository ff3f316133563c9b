import de.bwaldvogel.mongo.backend.Missing;
import de.bwaldvogel.mongo.bson.BinData;
import de.bwaldvogel.mongo.bson.BsonRegularExpression;
import de.bwaldvogel.mongo.bson.BsonTimestamp;
import de.bwaldvogel.mongo.bson.Decimal128;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.bson.LegacyUUID;
import de.bwaldvogel.mongo.bson.MaxKey;
import de.bwaldvogel.mongo.bson.MinKey;
import de.bwaldvogel.mongo.bson.ObjectId;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.UUID;

/**
 * Values as bytes whose unsigned order is the order in which the server sorts the values (BSON's), one component behind the other.
 * A component begins with the tag of its type; strings end in 00 01 (a 00 inside is written 00 FF), all else has a fixed length, so
 * that no component is the beginning of another. A descending component is the complement of the ascending one.
 */
final class SortableBytes {
  static final Object EMPTY_ARRAY = new Object();

  private static final int MIN_KEY = 0x08;
  private static final int EMPTY = 0x0c;
  private static final int NULL = 0x10;
  private static final int NUMBER = 0x18;
  private static final int STRING = 0x20;
  private static final int DOCUMENT = 0x28;
  private static final int LIST = 0x30;
  private static final int BINARY = 0x38;
  private static final int LEGACY_UUID = 0x40;
  private static final int UUID_TAG = 0x48;
  private static final int OBJECT_ID = 0x50;
  private static final int BOOLEAN = 0x58;
  private static final int INSTANT = 0x60;
  private static final int TIMESTAMP = 0x68;
  private static final int REGEX = 0x70;
  private static final int OTHER = 0x78;
  private static final int MAX_KEY = 0x80;
  private static final double EXACT_INTEGERS = 0x1p53;

  private byte[] bytes = new byte[64];
  private int length;

  SortableBytes append(Object value, boolean ascending) {
    int start = length;
    write(value);
    if (!ascending) complement(start);
    return this;
  }

  /** Only the tag: what all values of this type begin with. */
  SortableBytes appendType(Object value, boolean ascending) {
    int start = length;
    put(tagOf(value));
    if (!ascending) complement(start);
    return this;
  }

  SortableBytes appendRaw(byte[] raw) {
    for (byte one : raw) put(one);
    return this;
  }

  byte[] toArray() {
    return Arrays.copyOf(bytes, length);
  }

  /** The first bytes behind all that begin with these; null when there are none. */
  static byte[] behind(byte[] prefix) {
    int end = prefix.length;
    while (end > 0 && prefix[end - 1] == (byte) 0xff) end--;
    if (end == 0) return null;
    byte[] result = Arrays.copyOf(prefix, end);
    result[end - 1]++;
    return result;
  }

  /** Where the component that begins at `from` ends. */
  static int endOf(byte[] key, int from, boolean ascending) {
    int flip = ascending ? 0 : 0xff;
    int tag = (key[from] & 0xff) ^ flip;
    if (tag != STRING) return from + 1 + fixedLength(tag);
    for (int at = from + 1; ; at++) {
      if (((key[at] & 0xff) ^ flip) != 0) continue;
      at++;
      if (((key[at] & 0xff) ^ flip) == 1) return at + 1;
    }
  }

  /** Whether equal bytes mean equal values and the order is exact. Else the bytes still never contradict the order. */
  static boolean isExact(Object value) {
    return switch (tagOf(value)) {
      case NUMBER -> isExactNumber((Number) value);
      case DOCUMENT, LIST, BINARY, LEGACY_UUID, TIMESTAMP, REGEX, OTHER -> false;
      default -> true;
    };
  }

  /** Whether `$gt` and its like compare this value by the order of its bytes, with values of its own type only. */
  static boolean canBound(Object value) {
    return switch (tagOf(value)) {
      case NUMBER, STRING, UUID_TAG, OBJECT_ID, BOOLEAN, INSTANT -> true;
      default -> false;
    };
  }

  static boolean areOfOneType(Object one, Object other) {
    return tagOf(one) == tagOf(other);
  }

  private static boolean isExactNumber(Number value) {
    if (value instanceof Decimal128) return false;
    double number = value.doubleValue();
    if (value instanceof Long) return Math.abs(number) < EXACT_INTEGERS;
    // The server compares a fraction with a 64-bit integer by cutting the fraction off.
    return Math.abs(number) < 0x1p31 || number == Math.rint(number); // nor is NaN comparable
  }

  private static int tagOf(Object value) {
    if (value == EMPTY_ARRAY) return EMPTY;
    if (Missing.isNullOrMissing(value)) return NULL;
    if (value instanceof String) return STRING;
    if (value instanceof Number) return NUMBER;
    if (value instanceof Instant) return INSTANT;
    if (value instanceof Boolean) return BOOLEAN;
    if (value instanceof ObjectId) return OBJECT_ID;
    if (value instanceof UUID) return UUID_TAG;
    if (value instanceof Document) return DOCUMENT;
    if (value instanceof Collection) return LIST;
    if (value instanceof BinData) return BINARY;
    if (value instanceof LegacyUUID) return LEGACY_UUID;
    if (value instanceof BsonTimestamp) return TIMESTAMP;
    if (value instanceof BsonRegularExpression) return REGEX;
    if (value instanceof MinKey) return MIN_KEY;
    if (value instanceof MaxKey) return MAX_KEY;
    return OTHER;
  }

  private static int fixedLength(int tag) {
    return switch (tag) {
      case NUMBER, INSTANT -> 8;
      case UUID_TAG -> 16;
      case OBJECT_ID -> 12;
      case BOOLEAN -> 1;
      default -> 0;
    };
  }

  private void write(Object value) {
    int tag = tagOf(value);
    put(tag);
    switch (tag) {
      case NUMBER -> putDouble(((Number) value).doubleValue());
      case STRING -> putString((String) value);
      case BOOLEAN -> put((Boolean) value ? 1 : 0);
      case INSTANT -> putLong(((Instant) value).toEpochMilli() ^ Long.MIN_VALUE);
      case OBJECT_ID -> appendRaw(((ObjectId) value).toByteArray());
      case UUID_TAG -> {
        putLong(((UUID) value).getMostSignificantBits());
        putLong(((UUID) value).getLeastSignificantBits());
      }
      default -> {} // the tag stands for them all
    }
  }

  private void putDouble(double value) {
    long bits = Double.doubleToLongBits(value == 0 ? 0.0 : value); // one zero, one NaN
    putLong(bits < 0 ? ~bits : bits ^ Long.MIN_VALUE);
  }

  private void putLong(long value) {
    for (int shift = 56; shift >= 0; shift -= 8) put((int) (value >>> shift));
  }

  /** UTF-16 units as UTF-8 would write them, surrogates too: Java compares strings by units. */
  private void putString(String value) {
    for (int at = 0; at < value.length(); at++) {
      char unit = value.charAt(at);
      if (unit == 0) {
        put(0);
        put(0xff);
      } else if (unit < 0x80) {
        put(unit);
      } else if (unit < 0x800) {
        put(0xc0 | unit >> 6);
        put(0x80 | unit & 0x3f);
      } else {
        put(0xe0 | unit >> 12);
        put(0x80 | unit >> 6 & 0x3f);
        put(0x80 | unit & 0x3f);
      }
    }
    put(0);
    put(1);
  }

  private void put(int one) {
    if (length == bytes.length) bytes = Arrays.copyOf(bytes, 2 * length);
    bytes[length++] = (byte) one;
  }

  private void complement(int from) {
    for (int at = from; at < length; at++) bytes[at] = (byte) ~bytes[at];
  }
}
