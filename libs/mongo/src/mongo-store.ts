import { type Db, MongoClient } from 'mongodb';
import { type AppLogger, retryUntilUp } from '@souk/service-kit';
import { traceCommands } from './mongo-spans.js';
import { StoreUnavailable } from './store-unavailable.js';

/** Nothing waits for ever: 2 s to find a server or a free connection, 5 s for an answer. */
export const CONNECTION_OPTIONS = {
  serverSelectionTimeoutMS: 2_000,
  connectTimeoutMS: 2_000,
  socketTimeoutMS: 5_000,
  waitQueueTimeoutMS: 2_000,
  heartbeatFrequencyMS: 1_000,
  maxPoolSize: 10,
  monitorCommands: true,
} as const;

export interface MongoStoreOptions {
  /** With the name of the database. */
  readonly url: string;
  readonly logger: Pick<AppLogger, 'warn'>;
  /** Makes the database usable, e.g. creates indexes; repeated with the connection until it works. */
  readonly prepare?: (db: Db) => Promise<void>;
  /** Connections at most; default 10. */
  readonly maxPoolSize?: number;
}

/** A database of the plain driver: opened in the background, opened again until it works. */
export class MongoStore {
  readonly db: Db;
  readonly #client: MongoClient;
  readonly #options: MongoStoreOptions;
  readonly #closed = new AbortController();
  #opening: Promise<boolean> = Promise.resolve(false);
  #ready = false;

  constructor(options: MongoStoreOptions) {
    this.#options = options;
    const { maxPoolSize = CONNECTION_OPTIONS.maxPoolSize } = options;
    this.#client = new MongoClient(options.url, { ...CONNECTION_OPTIONS, maxPoolSize });
    traceCommands(this.#client);
    this.db = this.#client.db();
  }

  /** True once the store is usable, connected and prepared; false when it was closed before that. */
  open(): Promise<boolean> {
    const attempt = async (): Promise<void> => {
      await this.#client.connect();
      await this.#options.prepare?.(this.db);
      this.#ready = true;
    };
    this.#opening = retryUntilUp(attempt, {
      worthIt: () => true,
      onFailure: (error) => this.#options.logger.warn({ err: error }, 'MongoDB cannot be reached yet, trying again'),
      signal: this.#closed.signal,
    }).then(
      () => !this.#closed.signal.aborted,
      () => false,
    );
    return this.#opening;
  }

  /** @throws when a request could not be served now */
  async ping(): Promise<void> {
    if (!this.#ready) throw new StoreUnavailable();
    await this.db.command({ ping: 1 }, { signal: AbortSignal.timeout(1_000) });
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#opening;
    await this.#client.close();
  }
}
