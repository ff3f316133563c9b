import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.h2.mvstore.MVStore;

/**
 * Every write ends in a commit of the store, which survives kill -9, not a power cut. A commit comes between commands, never within
 * one, so that documents and the indexes that lead to them are never torn apart; that is why the store's own background thread, which
 * commits when it likes, is off and its housekeeping is done here.
 */
final class DurableBackend extends H2Backend {
  private static final Logger LOG = Logger.getLogger(DurableBackend.class.getName());
  private static final Set<String> READS = Set.of(
      "find", "aggregate", "count", "distinct", "getmore", "killcursors", "hello", "ismaster", "ping", "buildinfo",
      "listcollections", "listindexes", "listdatabases", "endsessions", "dbstats", "collstats", "serverstatus", "whatsmyuri", "getlog");
  private static final long TIDY_EVERY_MS = 1000;
  private static final int TIDY_BELOW_FILL_PERCENT = 50;
  private static final int TIDY_AT_MOST_BYTES = 2 << 20;

  /** Shared by commands that write, exclusive for a commit. */
  private final ReentrantReadWriteLock writing = new ReentrantReadWriteLock();

  private volatile boolean closed;

  DurableBackend(MVStore store) {
    super(store);
    store.setVersionsToKeep(0);
    store.setRetentionTime(2000);
    Thread tidier = new Thread(this::tidy, "tidier");
    tidier.setDaemon(true);
    tidier.start();
  }

  @Override
  protected MongoDatabase openOrCreateDatabase(String name) {
    return IndexedDatabase.open(name, getMvStore(), getCursorRegistry());
  }

  @Override
  public Document handleMessage(MongoMessage message) {
    Document command = message.getDocument();
    Unsupported.refuse(command);
    if (isRead(command)) return atOneVersion(message);
    writing.readLock().lock();
    try {
      return atOneVersion(message);
    } finally {
      writing.readLock().unlock();
      alone(this::commit);
    }
  }

  private static boolean isRead(Document command) {
    return READS.contains(command.keySet().iterator().next().toLowerCase(Locale.ROOT)) && !Pipelines.stores(command);
  }

  /** What is being read stays in the file, however long it takes. */
  private Document atOneVersion(MongoMessage message) {
    MVStore.TxCounter usage = getMvStore().registerVersionUsage();
    try {
      return super.handleMessage(message);
    } finally {
      getMvStore().deregisterVersionUsage(usage);
    }
  }

  private void alone(Runnable work) {
    writing.writeLock().lock();
    try {
      work.run();
    } finally {
      writing.writeLock().unlock();
    }
  }

  /** A file that gets one commit per write consists of old pages in no time: what still counts is moved out of nearly dead chunks. */
  private void tidy() {
    try {
      while (!closed) {
        Thread.sleep(TIDY_EVERY_MS);
        alone(this::tidyOnce);
      }
    } catch (InterruptedException end) {
      Thread.currentThread().interrupt();
    }
  }

  private void tidyOnce() {
    if (closed) return;
    try {
      if (!getMvStore().isClosed() && getMvStore().compact(TIDY_BELOW_FILL_PERCENT, TIDY_AT_MOST_BYTES)) commit();
    } catch (RuntimeException failure) {
      LOG.log(Level.WARNING, "the file could not be tidied, trying again", failure);
    }
    if (!getMvStore().isClosed()) return;
    // An error closes a store for good. What was acknowledged is in the file, so whoever supervises this process may start it anew.
    LOG.severe("the store was closed by an error");
    Runtime.getRuntime().halt(1);
  }

  @Override
  public void close() {
    alone(() -> {
      closed = true;
      super.close();
    });
  }
}
