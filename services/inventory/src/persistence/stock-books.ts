import type { OutgoingMessage, PgTx } from '@souk/outbox';
import type { StockBook } from '../domain/stock-book.js';

/** The rows that a unit of work may touch. */
export interface Scope {
  readonly orderIds: readonly string[];
  readonly skus: readonly string[];
}

/** Opens the stock book for one unit of work. */
export abstract class StockBooks {
  /** Locks the scope, runs `work` on it, and writes what it changed together with the messages it returns. */
  abstract update(tx: PgTx, scope: Scope, work: (book: StockBook) => Promise<OutgoingMessage[]>): Promise<void>;
}
