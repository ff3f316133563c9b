import type { PublicOrder } from '@souk/contracts';
import type { Principal } from '@souk/http';
import { causeOfRequest } from '../messaging/order-messages.js';
import { shipped } from '../saga/order-process.js';
import type { AdvanceOrders } from './advance-orders.js';
import type { GetOrder } from './get-order.js';

export class ShipOrder {
  constructor(
    private readonly orders: GetOrder,
    private readonly advance: AdvanceOrders,
  ) {}

  /** The order, shipped; again changes nothing. @throws OrderError order-not-found, order-not-shippable */
  async execute(orderId: string, viewer: Principal): Promise<PublicOrder> {
    await this.orders.find(orderId, viewer);
    await this.advance.one({ orderId, step: shipped, cause: causeOfRequest(viewer.sub) });
    return this.orders.execute(orderId, viewer);
  }
}
