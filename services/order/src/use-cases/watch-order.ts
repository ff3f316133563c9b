import type { OrderHistory } from '@souk/contracts';
import type { Principal } from '@souk/http';
import { fold, isFinal } from '../domain/order.js';
import type { OrderSignals } from '../persistence/order-signals.js';
import { fromStored } from '../persistence/stored-event.js';
import { historyOf } from '../views/order-history.js';
import { type GetOrder, POLL_MS } from './get-order.js';

export type Watched = { readonly event: OrderHistory['events'][number] } | { readonly heartbeat: true };

const HEARTBEAT_MS = 10_000;

export class WatchOrder {
  constructor(
    private readonly orders: GetOrder,
    private readonly signals: OrderSignals,
  ) {}

  /** Every event after version `after` as it happens, ending with a final state; a heartbeat now and then in silence. */
  async *execute(orderId: string, viewer: Principal, after: number): AsyncGenerator<Watched> {
    let seen = after;
    let quietSince = performance.now();
    for (;;) {
      const stop = new AbortController();
      const change = this.signals.wait(orderId, POLL_MS, stop.signal);
      try {
        const facts = await this.orders.facts(orderId, viewer);
        for (const event of historyOf(facts, viewer).slice(seen)) {
          yield { event };
          seen = event.version;
          quietSince = performance.now();
        }
        const order = fold(facts.map(fromStored));
        if (!order || isFinal(order) || this.signals.stopped) return;
        await change;
      } finally {
        stop.abort();
      }
      if (performance.now() - quietSince < HEARTBEAT_MS) continue;
      yield { heartbeat: true };
      quietSince = performance.now();
    }
  }
}
