import de.bwaldvogel.mongo.backend.KeyValue;
import java.nio.ByteBuffer;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.WriteBuffer;
import org.h2.mvstore.type.BasicDataType;
import org.h2.mvstore.type.ObjectDataType;

/**
 * Keys of unique indexes in the order in which older files have them: that of their bytes in Java's serialization, which the store
 * makes of both keys for each comparison. Nearly all keys are one string, of which those bytes are known without making them: size of
 * the list, then length and modified UTF-8 of the string (Java Object Serialization Specification, 6.4.2).
 */
public final class KeyValueType extends BasicDataType<KeyValue> {
  /** No tag of ObjectDataType. */
  private static final byte STRINGS = 127;

  /** Longer ones have another tag. */
  private static final int LONGEST = 0xffff;

  private final ObjectDataType serialized = new ObjectDataType();

  @Override
  public int compare(KeyValue one, KeyValue other) {
    if (one.size() != other.size()) return Integer.compare(one.size(), other.size());
    if (one.get(0) instanceof String a && other.get(0) instanceof String b) {
      // Of longer lists only the beginning: an object that comes again is a reference to where it was.
      boolean same = a.equals(b);
      if (same && one.size() == 1) return 0;
      int lengthOfA = utfLength(a);
      int lengthOfB = utfLength(b);
      if (!same && lengthOfA <= LONGEST && lengthOfB <= LONGEST)
        return lengthOfA != lengthOfB ? Integer.compare(lengthOfA, lengthOfB) : firstDifference(a, b);
    }
    return serialized.compare(one, other);
  }

  private static int utfLength(String text) {
    int length = text.length();
    for (int at = 0; at < text.length(); at++) {
      char unit = text.charAt(at);
      if (unit >= 0x800) length += 2;
      else if (unit >= 0x80 || unit == 0) length++;
    }
    return length;
  }

  private static int firstDifference(String one, String other) {
    int at = 0;
    while (one.charAt(at) == other.charAt(at)) at++;
    return Integer.compare(rank(one.charAt(at)), rank(other.charAt(at)));
  }

  /** A zero is written as C0 80: behind what takes one byte, before all else that takes two. */
  private static int rank(char unit) {
    return unit == 0 ? 0xff : 2 * unit;
  }

  @Override
  public void write(WriteBuffer out, KeyValue key) {
    if (!key.stream().allMatch(value -> value instanceof String)) {
      serialized.write(out, key);
      return;
    }
    out.put(STRINGS).putVarInt(key.size());
    for (Object value : key) {
      String text = (String) value;
      out.putVarInt(text.length()).putStringData(text, text.length());
    }
  }

  @Override
  public KeyValue read(ByteBuffer in) {
    if (in.get(in.position()) != STRINGS) return (KeyValue) serialized.read(in);
    in.get();
    Object[] values = new Object[DataUtils.readVarInt(in)];
    for (int at = 0; at < values.length; at++) values[at] = DataUtils.readString(in);
    return new KeyValue(values);
  }

  @Override
  public int getMemory(KeyValue key) {
    int sum = 64;
    for (Object value : key) sum += value instanceof String text ? 56 + text.length() : 32;
    return sum;
  }

  @Override
  public KeyValue[] createStorage(int size) {
    return new KeyValue[size];
  }
}
