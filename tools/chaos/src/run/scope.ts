import type { TopicFacts } from '../../../cli/src/shop/audit/compare-topics.ts';
import { STOCK } from '../../../cli/src/shop/audit/compare-topics.ts';
import type { Facts, QueueFact, TermFact } from '../../../cli/src/shop/audit/facts.ts';

export interface Scope {
  /** Orders that stood in some book before, and are not looked at. */
  readonly earlier: ReadonlySet<string>;
  readonly skus: ReadonlySet<string>;
  /** Terms in which a leader had written too late before, by `termOf`. */
  readonly lateTerms: ReadonlySet<string>;
}

/** Epochs count by what is led: the third leader of one thing is not that of another. */
export const termOf = ({ name, epoch }: Pick<TermFact, 'name' | 'epoch'>): string => `${name} ${epoch}`;

/** For `Scope.lateTerms`. */
export const lateTerms = ({ terms }: Pick<Facts, 'terms'>): Set<string> =>
  new Set(terms.flatMap((term) => (term.actedLate ? [termOf(term)] : [])));

/** The facts without what rounds of before have left: a shop is broken many times in one run, and each bug counts once. */
export function scopeTo(facts: Facts, { earlier, skus, lateTerms: late }: Scope): Facts {
  const isNew = ({ orderId }: { orderId: string }): boolean => !earlier.has(orderId);
  const newOnly = <T>(map: ReadonlyMap<string, T>): Map<string, T> =>
    new Map([...map].filter(([orderId]) => !earlier.has(orderId)));
  const { views, baskets } = facts;
  return {
    orders: facts.orders.filter(isNew),
    reservations: facts.reservations.filter(isNew),
    payments: facts.payments.filter(isNew),
    stock: facts.stock.filter(({ sku }) => skus.has(sku)),
    terms: facts.terms.filter((term) => !late.has(termOf(term))),
    queues: facts.queues.map((queue) => parkedOf(queue, earlier)),
    ...(views && { views: { found: views.found && newOnly(views.found), folded: newOnly(views.folded) } }),
    ...(baskets && { baskets: newOnly(baskets) }),
  };
}

/** The same for messages: those about orders by the order, those about stock by the sku. */
export function scopeRecords(facts: TopicFacts, { earlier, skus }: Scope): TopicFacts {
  const records = facts.records.filter(({ topic, key }) => (topic === STOCK ? skus.has(key) : !earlier.has(key)));
  return { ...facts, records };
}

/** Keys that are parked for orders of before stay parked. Calls that need a person are seen by their order, which stays open. */
function parkedOf(queue: QueueFact, earlier: ReadonlySet<string>): QueueFact {
  if (queue.parkedKeys === undefined) return queue;
  const parkedKeys = queue.parkedKeys.filter(({ key }) => !earlier.has(key));
  return { ...queue, parkedKeys, parked: parkedKeys.length };
}
