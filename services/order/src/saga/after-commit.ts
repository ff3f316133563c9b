import { failpoint } from '@souk/failpoints';
import type { Outbox, Signal } from '@souk/outbox';
import { AFTER_COMMIT } from '../failpoints.js';
import type { OrderSignals } from '../persistence/order-signals.js';
import type { ChangedOrder } from '../persistence/order-store.js';

/** Who is woken when a transaction has committed. All of them would find their work by polling, only later. */
export class AfterCommit {
  constructor(
    private readonly outbox: Pick<Outbox, 'committed'>,
    private readonly calls: Signal,
    private readonly orders: OrderSignals,
  ) {}

  async committed(changed: readonly ChangedOrder[]): Promise<void> {
    await failpoint(AFTER_COMMIT);
    const orderIds = changed.map(({ orderId }) => orderId);
    this.outbox.committed(orderIds);
    if (orderIds.length === 0) return;
    if (changed.some(({ owesCall }) => owesCall)) this.calls.notify();
    this.orders.changed(orderIds);
  }
}
