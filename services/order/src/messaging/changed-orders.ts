import type { ChangedOrder } from '../persistence/order-store.js';

/** The orders that the consumer's open transaction has changed, until it has committed. The host runs one at a time. */
export class ChangedOrders {
  #orders: ChangedOrder[] = [];

  add(orders: readonly ChangedOrder[]): void {
    this.#orders.push(...orders);
  }

  take(): ChangedOrder[] {
    const orders = this.#orders;
    this.#orders = [];
    return orders;
  }
}
