import de.bwaldvogel.mongo.backend.KeyValue;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.h2.mvstore.WriteBuffer;
import org.h2.mvstore.type.DataType;
import org.h2.mvstore.type.ObjectDataType;

/** Compares random keys as KeyValueType does and as the store did before there was one, and reads back what either has written. Arguments: seed, pairs. */
public final class KeyOrder {
  private static final char[] UNITS = {0, 1, 'a', 'b', 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xd800, 0xdc00, 0xffff};

  private final Random random;

  private KeyOrder(long seed) {
    random = new Random(seed);
  }

  public static void main(String[] args) {
    KeyOrder check = new KeyOrder(Long.parseLong(args[0]));
    int pairs = Integer.parseInt(args[1]);
    int equal = 0;
    int decided = 0;
    KeyValueType type = new KeyValueType();
    ObjectDataType before = new ObjectDataType();
    for (int pair = 0; pair < pairs; pair++) {
      KeyValue one = check.key();
      KeyValue other = check.random.nextInt(8) == 0 ? new KeyValue(one.stream().toList()) : check.key();
      int expected = Integer.signum(before.compare(one, other));
      int found = Integer.signum(type.compare(one, other));
      if (expected != found) fail("order " + found + " instead of " + expected, one, other);
      if (expected == 0) equal++;
      else decided++;
      if (!one.equals(copied(one, type, type))) fail("not read back", one, one);
      if (!one.equals(copied(one, before, type))) fail("not read from an older file", one, one);
    }
    System.out.println(equal + " equal, " + decided + " in order");
  }

  private static Object copied(KeyValue key, DataType<?> writer, KeyValueType reader) {
    WriteBuffer buffer = new WriteBuffer();
    write(buffer, key, writer);
    ByteBuffer written = buffer.getBuffer();
    written.flip();
    KeyValue read = reader.read(written);
    return written.hasRemaining() ? "bytes left over" : read;
  }

  @SuppressWarnings("unchecked")
  private static void write(WriteBuffer buffer, KeyValue key, DataType<?> writer) {
    ((DataType<Object>) writer).write(buffer, key);
  }

  /** Short ones of few letters, so that many are nearly the same; now and then one too long for two bytes of length. */
  private KeyValue key() {
    Object[] values = new Object[random.nextInt(4) == 0 ? 2 : 1];
    Arrays.setAll(values, at -> value());
    if (values.length == 2 && random.nextInt(4) == 0) values[1] = values[0];
    return new KeyValue(values);
  }

  private Object value() {
    return switch (random.nextInt(24)) {
      case 0 -> null;
      case 1 -> random.nextDouble();
      case 2 -> (long) random.nextInt(3);
      case 3 -> List.of("a", "b");
      case 4 -> "x".repeat(65_534 + random.nextInt(3));
      default -> text(random.nextInt(6));
    };
  }

  private String text(int length) {
    StringBuilder text = new StringBuilder();
    for (int at = 0; at < length; at++) text.append(UNITS[random.nextInt(UNITS.length)]);
    return text.toString();
  }

  private static void fail(String what, KeyValue one, KeyValue other) {
    System.out.println(what + ": " + shown(one) + " and " + shown(other));
    System.exit(1);
  }

  private static String shown(KeyValue key) {
    StringBuilder units = new StringBuilder();
    for (Object value : key) {
      String text = String.valueOf(value);
      units.append(text.length() > 40 ? text.length() + " long " : "").append('[');
      text.chars().limit(40).forEach(unit -> units.append(Integer.toHexString(unit)).append(' '));
      units.append(']');
    }
    return units.toString();
  }
}
