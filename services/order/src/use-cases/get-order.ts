import type { PublicOrder } from '@souk/contracts';
import type { Principal } from '@souk/http';
import type { Queryable } from '@souk/outbox';
import { isFinal } from '../domain/order.js';
import { OrderError } from '../domain/order.errors.js';
import { toPublicOrder } from '../messaging/order-messages.js';
import type { OrderSignals } from '../persistence/order-signals.js';
import type { OrderStore, StoredOrder } from '../persistence/order-store.js';
import type { StoredFact } from '../persistence/stored-event.js';

/** Safety net of everybody who waits: a lost signal costs this many ms. */
export const POLL_MS = 1_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Whether somebody may know of an order. */
export type MaySee = (order: StoredOrder['order'], viewer: Principal) => boolean;

export const ownerOrAdmin: MaySee = ({ userId }, { sub, roles }) => userId === sub || roles.includes('admin');

export class GetOrder {
  constructor(
    private readonly db: Queryable,
    private readonly store: OrderStore,
    private readonly signals: OrderSignals,
    private readonly maySee: MaySee = ownerOrAdmin,
  ) {}

  /** With `waitMs` it answers as soon as the order is in a final state, or with what it is by then. */
  async execute(orderId: string, viewer: Principal, waitMs = 0): Promise<PublicOrder> {
    const until = performance.now() + waitMs;
    for (;;) {
      const leftMs = until - performance.now();
      const stop = new AbortController();
      const change = leftMs > 0 ? this.signals.wait(orderId, Math.min(leftMs, POLL_MS), stop.signal) : undefined;
      try {
        const { order, version } = await this.find(orderId, viewer);
        if (!change || isFinal(order) || this.signals.stopped) return toPublicOrder(order, version);
        await change;
      } finally {
        stop.abort();
      }
    }
  }

  /** @throws OrderError order-not-found, also for somebody else's order: nobody learns that it exists */
  async find(orderId: string, viewer: Principal): Promise<StoredOrder> {
    const stored = UUID.test(orderId) ? await this.store.read(this.db, orderId) : undefined;
    if (!stored || !this.maySee(stored.order, viewer)) throw new OrderError('order-not-found');
    return stored;
  }

  /** All that has happened to an order that the viewer may see. @throws OrderError order-not-found */
  async facts(orderId: string, viewer: Principal): Promise<StoredFact[]> {
    await this.find(orderId, viewer);
    return this.store.facts(this.db, orderId);
  }
}
