import type pg from 'pg';
import { type OrderSums, sumsByOrder, totals } from '../persistence/ledger-reports.js';

/** Minor units. Totals cover the whole ledger and all its currencies; `byOrder` is one page; `next` is the `after` of the next one. */
export interface LedgerSummary {
  readonly captured: number;
  readonly refunded: number;
  readonly authorisedOpen: number;
  readonly currencies: readonly Omit<OrderSums, 'orderId'>[];
  readonly byOrder: readonly OrderSums[];
  readonly next?: string;
}

const FIRST = '00000000-0000-0000-0000-000000000000';

export class SummariseLedger {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async page(after: string = FIRST, limit: number): Promise<LedgerSummary> {
    const [currencies, byOrder] = await Promise.all([totals(this.#pool), sumsByOrder(this.#pool, after, limit)]);
    const sum = (field: 'captured' | 'refunded' | 'authorisedOpen'): number =>
      currencies.reduce((total, row) => total + row[field], 0);
    const next = byOrder.length >= limit ? byOrder.at(-1)?.orderId : undefined;
    return {
      captured: sum('captured'),
      refunded: sum('refunded'),
      authorisedOpen: sum('authorisedOpen'),
      currencies,
      byOrder,
      ...(next !== undefined && { next }),
    };
  }
}
