import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.bson.BsonDecoder;
import de.bwaldvogel.mongo.wire.bson.BsonEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Map;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.WriteBuffer;
import org.h2.mvstore.type.BasicDataType;
import org.h2.mvstore.type.ObjectDataType;

/** Documents in the store as BSON: a fraction of the size and time of Java's serialization, in which older files still are. */
final class DocumentType extends BasicDataType<Document> {
  /** No tag of ObjectDataType. */
  private static final byte BSON = 127;

  private final ObjectDataType serialized = new ObjectDataType();

  static byte[] encoded(Document document) {
    ByteBuf buffer = Unpooled.buffer(512);
    BsonEncoder.encodeDocument(document, buffer);
    byte[] bytes = new byte[buffer.readableBytes()];
    buffer.readBytes(bytes);
    return bytes;
  }

  @Override
  public void write(WriteBuffer out, Document document) {
    byte[] bytes = encoded(document);
    out.put(BSON).putVarInt(bytes.length).put(bytes);
  }

  @Override
  public Document read(ByteBuffer in) {
    if (in.get(in.position()) != BSON) return (Document) serialized.read(in);
    in.get();
    byte[] bytes = new byte[DataUtils.readVarInt(in)];
    in.get(bytes);
    return BsonDecoder.decodeBson(Unpooled.wrappedBuffer(bytes));
  }

  @Override
  public int getMemory(Document document) {
    return memoryOf(document);
  }

  private static int memoryOf(Object value) {
    if (value instanceof String text) return 56 + text.length();
    if (value instanceof Map<?, ?> map) {
      int sum = 120;
      for (Map.Entry<?, ?> entry : map.entrySet()) sum += 100 + memoryOf(entry.getValue());
      return sum;
    }
    if (value instanceof Collection<?> elements) {
      int sum = 56;
      for (Object element : elements) sum += 4 + memoryOf(element);
      return sum;
    }
    return 24;
  }

  @Override
  public Document[] createStorage(int size) {
    return new Document[size];
  }
}
