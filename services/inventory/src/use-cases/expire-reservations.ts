import { definePoint, failpoint } from '@souk/failpoints';
import { withTransaction } from '@souk/outbox';
import type pg from 'pg';
import { expire } from '../domain/reservation.js';
import { settle } from '../domain/settle.js';
import { reservationMessage } from '../messaging/inventory-messages.js';
import { overdueLines } from '../persistence/overdue-reservations.js';
import type { StockBooks } from '../persistence/stock-books.js';

const BEFORE_EXPIRE = definePoint('sweeper.before-expire', 'overdue reservations are found, no stock is locked yet');
const AFTER_EXPIRE = definePoint('sweeper.after-expire', 'overdue reservations are given back and committed');

export interface ExpireReservationsOptions {
  readonly pool: pg.Pool;
  readonly books: StockBooks;
  readonly afterCommit: () => void;
  /** Lines of one transaction. */
  readonly batch?: number;
}

/** Gives the stock of overdue reservations back. */
export class ExpireReservations {
  readonly #options: Required<ExpireReservationsOptions>;

  constructor(options: ExpireReservationsOptions) {
    this.#options = { batch: 200, ...options };
  }

  /** Expires one batch; true when there may be more. */
  async execute(): Promise<boolean> {
    const { pool, books, batch, afterCommit } = this.#options;
    const found = await withTransaction(pool, async (tx) => {
      const lines = await overdueLines(tx, batch);
      if (lines.length === 0) return 0;
      await failpoint(BEFORE_EXPIRE);
      const orders = Map.groupBy(lines, (line) => line.orderId);
      const scope = { orderIds: [...orders.keys()], skus: [...new Set(lines.map((line) => line.sku))] };
      await books.update(tx, scope, async (book) =>
        [...orders]
          .flatMap(([orderId, overdue]) => settle(book, { orderId, lines: overdue }, expire))
          .map((answer) => reservationMessage(answer, book.now)),
      );
      return lines.length;
    });
    if (found > 0) {
      await failpoint(AFTER_EXPIRE);
      afterCommit();
    }
    return found === batch;
  }
}
