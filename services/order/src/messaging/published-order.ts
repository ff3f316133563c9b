import type { PublicOrder } from '@souk/contracts';
import { evolve, type Order, type OrderEvent } from '../domain/order.js';
import { isPublished, toPublicOrder } from './order-messages.js';

/** The order as the last event that others may hear of left it: what the newest message about it says. */
export function publishedOrder(
  events: readonly { readonly version: number; readonly event: OrderEvent }[],
): PublicOrder | undefined {
  let order: Order | undefined;
  let published: PublicOrder | undefined;
  for (const { version, event } of events) {
    order = evolve(order, event);
    if (isPublished(event)) published = toPublicOrder(order, version);
  }
  return published;
}
