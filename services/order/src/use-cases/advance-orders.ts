import { failpoint } from '@souk/failpoints';
import { batcher, type PgTx, withTransaction } from '@souk/outbox';
import type { Reply } from '@souk/saga';
import type pg from 'pg';
import { BEFORE_LOCK } from '../failpoints.js';
import type { Advance, ChangedOrder, OrderStore } from '../persistence/order-store.js';
import type { RemoteCall } from '../persistence/remote-calls.js';
import type { AfterCommit } from '../saga/after-commit.js';
import { answered } from '../saga/order-process.js';

const PAYMENT = 'service/payment';

/** The same, on the connections of background work; a token. */
export abstract class OrdersInBackground {}

/** Everything that moves an order forward, whoever asks for it: one transaction a batch. */
export class AdvanceOrders {
  constructor(
    private readonly pool: pg.Pool,
    private readonly store: OrderStore,
    private readonly afterCommit: AfterCommit,
    private readonly now: () => Date,
  ) {}

  /** Inside the caller's transaction; the caller says after the commit that it has committed. */
  async within(tx: PgTx, advances: readonly Advance[]): Promise<ChangedOrder[]> {
    await this.store.lock(
      tx,
      advances.map(({ orderId }) => orderId),
    );
    return this.store.advance(tx, advances, this.now());
  }

  /** One advance, in a statement shared with the others that arrive meanwhile. */
  readonly one: (advance: Advance) => Promise<void> = batcher(async (advances: Advance[]) => {
    await failpoint(BEFORE_LOCK);
    await this.#tell(await this.store.advance(this.pool, advances, this.now()));
    return advances.map(() => undefined);
  });

  /** The answer of a remote call: it is owed no longer. */
  readonly recordAnswer = ({ orderId, operation, context }: RemoteCall, reply: Reply): Promise<void> =>
    this.one({ orderId, step: answered(reply), cause: { ...context, actor: PAYMENT }, answered: operation });

  /** One transaction, and word of it to whoever waits; `work` gives the orders that it changed. */
  async commit(work: (tx: PgTx) => Promise<ChangedOrder[]>): Promise<void> {
    const changed = await withTransaction(this.pool, async (tx) => {
      await failpoint(BEFORE_LOCK);
      return work(tx);
    });
    await this.#tell(changed);
  }

  async #tell(changed: readonly ChangedOrder[]): Promise<void> {
    if (changed.length > 0) await this.afterCommit.committed(changed);
  }
}
