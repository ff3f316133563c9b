import { failpoint } from '@souk/failpoints';
import { batcher, type PgTx, withTransaction } from '@souk/messaging';
import type { Reply } from '@souk/saga';
import type pg from 'pg';
import { BEFORE_COMMIT } from '../failpoints.js';
import type { Advance, OrderStore } from '../persistence/order-store.js';
import type { RemoteCall } from '../persistence/remote-calls.js';
import type { AfterCommit } from '../saga/after-commit.js';
import { answered, overdue } from '../saga/order-process.js';

const DUE_AT_ONCE = 100;
/** How long a saga that cannot be moved is left alone. */
const STUCK_PAUSE_MS = 60_000;

/** Everything that moves an order forward, whoever asks for it: one transaction a batch. */
export class AdvanceOrders {
  constructor(
    private readonly pool: pg.Pool,
    private readonly store: OrderStore,
    private readonly afterCommit: AfterCommit,
    private readonly now: () => Date,
  ) {}

  /** Inside the caller's transaction; the caller says after the commit that it has committed. */
  within(tx: PgTx, advances: readonly Advance[]): Promise<string[]> {
    return this.store.advance(tx, advances, this.now());
  }

  /** In a transaction of its own, shared with others that arrive meanwhile. */
  readonly one: (advance: Advance) => Promise<void> = batcher(async (advances: Advance[]) => {
    await this.commit((tx) => this.within(tx, advances));
    return advances.map(() => undefined);
  });

  /** The answer of a remote call: it is owed no longer. */
  readonly recordAnswer = ({ orderId, operation, context }: RemoteCall, reply: Reply): Promise<void> =>
    this.one({ orderId, step: answered(reply), cause: context, answered: operation });

  /** Sagas whose deadline has passed; returns how many there were. */
  async advanceOverdue(): Promise<number> {
    const due = await this.store.due(this.pool, this.now(), DUE_AT_ONCE);
    // Each on its own: an order that cannot be moved must not hold up the others. Two replicas may meet at the same saga;
    // the second finds nothing overdue any more.
    const moved = await Promise.allSettled(due.map((order) => this.one({ ...order, step: overdue })));
    const stuck = due.flatMap(({ orderId }, i) => (moved[i]?.status === 'rejected' ? [orderId] : []));
    if (stuck.length === 0) return due.length;
    await this.store.postpone(this.pool, stuck, new Date(this.now().getTime() + STUCK_PAUSE_MS));
    throw new AggregateError(
      moved.flatMap((result) => (result.status === 'rejected' ? [result.reason] : [])),
      `sagas that cannot be moved: ${stuck.join(', ')}`,
    );
  }

  private async commit(work: (tx: PgTx) => Promise<string[]>): Promise<string[]> {
    const changed = await withTransaction(this.pool, async (tx) => {
      const ids = await work(tx);
      await failpoint(BEFORE_COMMIT);
      return ids;
    });
    if (changed.length > 0) await this.afterCommit.committed(changed);
    return changed;
  }
}
