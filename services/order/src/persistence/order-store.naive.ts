import type { Queryable } from '@souk/outbox';
import type { QueryConfig } from 'pg';
import { type Advance, type ChangedOrder, OrderStore } from './order-store.js';

/** The statements without what keeps two writers of one order apart. */
export const unguarded = (text: string): string =>
  text
    .replace('and o.xmin = i.seen', '')
    .replace(/(insert into order_events [^;]*? as e\([^)]*\))\)/, '$1 on conflict do nothing)');

/**
 * The variant `order-unversioned`: an order is read and written without a look at its version. It forgets that
 * several may move an order at once: whoever writes last takes the other's step back, with the saga that knew of it, although
 * its messages are on their way.
 */
export class UnversionedOrderStore extends OrderStore {
  override lock(): Promise<void> {
    return Promise.resolve();
  }

  override advance(db: Queryable, advances: readonly Advance[], now: Date): Promise<ChangedOrder[]> {
    // The store names all its statements, so this one form of the call is enough.
    const query = (statement: QueryConfig) => db.query({ ...statement, text: unguarded(statement.text) });
    return super.advance({ query: query as Queryable['query'] }, advances, now);
  }
}
