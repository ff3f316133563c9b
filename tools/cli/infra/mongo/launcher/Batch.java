import de.bwaldvogel.mongo.bson.Document;

/** How many documents a reader gets at once. */
final class Batch {
  /** For one that names no size; mongod sends fewer at first and then by bytes. */
  static final int DEFAULT = 500;

  static boolean isUnnamed(Document command) {
    return !(command.get("batchSize") instanceof Number size) || size.intValue() <= 0;
  }

  static int sizeOf(int asked) {
    return asked > 0 ? asked : DEFAULT;
  }

  private Batch() {}
}
