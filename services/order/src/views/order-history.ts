import type { OrderHistory } from '@souk/contracts';
import type { Principal } from '@souk/http';
import { fold } from '../domain/order.js';
import { toPublicOrder } from '../messaging/order-messages.js';
import { fromStored, type StoredFact } from '../persistence/stored-event.js';

type HistoryEvent = OrderHistory['events'][number];
type Viewer = Pick<Principal, 'sub' | 'roles'>;

/** Not repeated in a history: the order itself shows them. */
const HIDDEN = new Set(['type', 'at', 'orderId', 'userId', 'address', 'paymentMethod']);

/** The events of an order as the viewer may see them; times in ms since the first. */
export function historyOf(facts: readonly StoredFact[], viewer: Viewer): HistoryEvent[] {
  const began = Date.parse(facts[0]?.at ?? '');
  return facts.map((fact) => {
    const event = fromStored(fact);
    return {
      version: fact.version,
      type: event.type,
      at: event.at,
      elapsedMs: Math.max(0, Date.parse(event.at) - began),
      detail: Object.fromEntries(Object.entries(event).filter(([name]) => !HIDDEN.has(name))),
      ...(fact.actor !== null && { actor: shown(fact.actor, viewer) }),
      ...(fact.correlation_id !== null && { correlationId: fact.correlation_id }),
      ...(fact.causation_id !== null && { causationId: fact.causation_id }),
    };
  });
}

/** What had happened at `at` (UTC ISO 8601) and the order as it was then. */
export function historyAt(
  facts: readonly StoredFact[],
  viewer: Viewer,
  at: string,
): Pick<OrderHistory, 'order' | 'events'> {
  const until = Date.parse(at);
  // Up to the first later one: the clocks of two replicas may differ, and a state needs every event before its last.
  const later = facts.findIndex((fact) => Date.parse(fact.at) > until);
  const past = later < 0 ? facts : facts.slice(0, later);
  const order = fold(past.map(fromStored));
  return { ...(order && { order: toPublicOrder(order, past.length) }), events: historyOf(past, viewer) };
}

/** A customer learns that the shop acted, an admin who it was. */
function shown(actor: string, { sub, roles }: Viewer): string {
  const isSomebodyElse = actor.startsWith('user/') && actor !== `user/${sub}`;
  return isSomebodyElse && !roles.includes('admin') ? 'shop' : actor;
}
