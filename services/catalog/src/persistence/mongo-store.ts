import { Mongoose } from 'mongoose';
import type { Connection } from 'mongoose';
import { CONNECTION_OPTIONS, StoreUnavailable, traceCommands } from '@souk/mongo';
import { retryUntilUp } from '@souk/service-kit';
import type { AppLogger } from '@souk/service-kit';
import { productModel } from './product.document.js';
import type { ProductModel } from './product.document.js';

const OPTIONS = {
  ...CONNECTION_OPTIONS,
  // A command never waits for a first connection: readiness says so, and the caller gets an answer at once.
  bufferCommands: false,
} as const;

/** The connection to the catalog's database: opened in the background, opened again until it works. */
export class MongoStore {
  readonly connection: Connection;
  readonly products: ProductModel;
  readonly #url: string;
  readonly #logger: Pick<AppLogger, 'warn'>;
  readonly #closed = new AbortController();
  #opening: Promise<boolean> = Promise.resolve(false);
  #ready = false;

  constructor(url: string, logger: Pick<AppLogger, 'warn'>) {
    this.#url = url;
    this.#logger = logger;
    // An own instance keeps the settings out of mongoose's global state; sanitizeFilter turns objects from outside into values.
    this.connection = new Mongoose({ sanitizeFilter: true }).createConnection();
    this.connection.set('bufferCommands', false);
    this.connection.once('connected', () => traceCommands(this.connection.getClient()));
    this.products = productModel(this.connection);
  }

  /** True once the store is usable, connected and with its indexes; false when it was closed before that. */
  open(): Promise<boolean> {
    const attempt = async (): Promise<void> => {
      await this.connection.openUri(this.#url, OPTIONS);
      await this.products.createIndexes();
      this.#ready = true;
    };
    this.#opening = retryUntilUp(attempt, {
      worthIt: () => true,
      onFailure: (error) => this.#logger.warn({ err: error }, 'MongoDB cannot be reached yet, trying again'),
      signal: this.#closed.signal,
    }).then(
      () => !this.#closed.signal.aborted,
      () => false,
    );
    return this.#opening;
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#opening;
    await this.connection.close();
  }

  /** @throws when a request could not be served now */
  async ping(): Promise<void> {
    if (!this.#ready) throw new StoreUnavailable();
    await this.connection.db?.command({ ping: 1 }, { timeoutMS: 1_000 });
  }
}
