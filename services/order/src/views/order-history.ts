import type { OrderHistory } from '@souk/contracts';
import type { OrderEvent } from '../domain/order.js';

type HistoryEvent = OrderHistory['events'][number];

/** Not repeated in a history: the order itself shows them. */
const HIDDEN = new Set(['type', 'at', 'orderId', 'userId', 'address', 'paymentMethod']);

/** The events of an order as its owner may see them; times in ms since the first. */
export function historyOf(events: readonly OrderEvent[]): HistoryEvent[] {
  const [first] = events;
  return events.map((event, index) => ({
    version: index + 1,
    type: event.type,
    at: event.at,
    elapsedMs: Math.max(0, Date.parse(event.at) - Date.parse(first?.at ?? event.at)),
    detail: Object.fromEntries(Object.entries(event).filter(([name]) => !HIDDEN.has(name))),
  }));
}
