import { failpoint } from '@souk/failpoints';
import type { Outbox, Signal } from '@souk/messaging';
import { AFTER_COMMIT } from '../failpoints.js';
import type { OrderSignals } from '../persistence/order-signals.js';

/** Who is woken when a transaction has committed. All of them would find their work by polling, only later. */
export class AfterCommit {
  constructor(
    private readonly outbox: Pick<Outbox, 'committed'>,
    private readonly calls: Signal,
    private readonly orders: OrderSignals,
  ) {}

  /** @param owesCalls false where the changes cannot have written a call */
  async committed(orderIds: readonly string[], owesCalls = true): Promise<void> {
    await failpoint(AFTER_COMMIT);
    this.outbox.committed(orderIds);
    if (orderIds.length === 0) return;
    if (owesCalls) this.calls.notify();
    this.orders.changed(orderIds);
  }
}
