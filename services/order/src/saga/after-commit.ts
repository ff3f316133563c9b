import { failpoint } from '@souk/failpoints';
import type { OutboxRelay, Signal } from '@souk/messaging';
import { AFTER_COMMIT } from '../failpoints.js';
import type { OrderSignals } from '../persistence/order-signals.js';

/** Who is woken when a transaction has committed. All of them would find their work by polling, only later. */
export class AfterCommit {
  constructor(
    private readonly relay: Pick<OutboxRelay, 'wake'>,
    private readonly calls: Signal,
    private readonly orders: OrderSignals,
  ) {}

  async committed(orderIds: readonly string[]): Promise<void> {
    await failpoint(AFTER_COMMIT);
    this.relay.wake();
    if (orderIds.length === 0) return;
    this.calls.notify();
    this.orders.changed(orderIds);
  }
}
