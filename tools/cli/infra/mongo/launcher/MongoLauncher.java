import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import java.io.File;
import java.util.List;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreTool;

/**
 * mongo-java-server, made fit for today's drivers, for kill -9 and for collections that are not small. Arguments: port, data file, address (without one, loopback).
 *
 * <ul>
 *   <li>It reports wire version 13: the driver refuses less than 9.
 *   <li>Writes are durable when they are acknowledged ({@link DurableBackend}).
 *   <li>Secondary indexes are real ones ({@link SecondaryIndex}, {@link IndexScan}).
 *   <li>What it cannot do it refuses ({@link Unsupported}).
 * </ul>
 */
public final class MongoLauncher {
  private static final long COMPACT_ABOVE_BYTES = 64L << 20;
  private static final int COMPACT_BELOW_FILL_PERCENT = 60;
  private static final int UNSAVED_KIB = 64 << 10;

  private static final class WireVersion13 implements MongoVersion {
    @Override
    public List<Integer> getVersionArray() {
      return List.of(5, 0, 0);
    }

    @Override
    public int getWireVersion() {
      return 13;
    }
  }

  private static MVStore open(String file) {
    MVStoreTool.compactCleanUp(file); // finishes a compaction that was killed half-way
    MVStore store = openAsItIs(file);
    if (new File(file).length() < COMPACT_ABOVE_BYTES || store.getFileStore().getChunksFillRate() > COMPACT_BELOW_FILL_PERCENT) return store;
    store.close();
    MVStoreTool.compact(file, false);
    return openAsItIs(file);
  }

  /** A commit of its own accord, in the middle of a command, would need more unsaved pages than a message can cause. */
  private static MVStore openAsItIs(String file) {
    return new MVStore.Builder().fileName(file).autoCommitDisabled().autoCommitBufferSize(UNSAVED_KIB).open();
  }

  public static void main(String[] args) throws Exception {
    int port = Integer.parseInt(args[0]);
    MongoServer server = new MongoServer(new DurableBackend(open(args[1])).version(new WireVersion13()));
    server.bind(args.length > 2 ? args[2] : "127.0.0.1", port);
    Runtime.getRuntime().addShutdownHook(new Thread(server::shutdown));
    Thread.currentThread().join();
  }
}
