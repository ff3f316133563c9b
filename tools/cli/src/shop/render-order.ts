import { isFinal, lookAgain } from './order-outcome.ts';
import { renderTimeline, type PlacedOrder } from './place-order.ts';

interface Asker {
  readonly shop: { readonly instance: string; readonly gatewayUrl: string };
  readonly user: string;
}

/** One order for people: how it ended and why, or how to look again when it has not ended yet. */
export function renderOrder({ orderId, orderStatus, rejection, timeline }: PlacedOrder, { shop, user }: Asker): string {
  const steps = `\n    ${renderTimeline(timeline)}`;
  if (!isFinal(orderStatus)) {
    return `  … order ${orderId} is still on its way (${orderStatus})${steps}\n    look again: ${lookAgain(shop, orderId, user)}`;
  }
  const mark = orderStatus === 'confirmed' ? '✔' : '✖';
  return `  ${mark} order ${orderId} ${orderStatus}${rejection === undefined ? '' : `: ${rejection}`}${steps}`;
}
