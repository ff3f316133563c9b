import { agree, compareLedgers, type Comparison } from '../../../cli/src/shop/audit/checks.ts';
import type { Facts, OrderFact } from '../../../cli/src/shop/audit/facts.ts';

/** A look goes over all of them once a second. */
const MOST = 2_000;

/** Orders that stood in any book before a run. */
export interface EarlierOrders {
  /** Those that the run has to leave right, with the version that each had: the newest of which all books agreed. */
  readonly watched: ReadonlyMap<string, number>;
  /** All others: nobody could tell what the run has done to them. */
  readonly leftOut: ReadonlySet<string>;
  /** Of those left out: they had not ended, or their books did not agree. */
  readonly wrong: number;
  /** Of those left out: right ones that are older than the newest `most`. */
  readonly older: number;
}

/** Pure. @param most how many are watched at the most */
export function earlierOrders(before: Facts, most = MOST): EarlierOrders {
  const parked = new Set(before.queues.flatMap(({ parkedKeys = [] }) => parkedKeys.map(({ key }) => key)));
  const factsOf = singly(before);
  const isRight = (order: OrderFact): boolean => !parked.has(order.orderId) && agree(compareLedgers(factsOf(order)));
  // Their ids begin with the time at which they were placed.
  const newestFirst = before.orders.filter(isRight).sort((a, b) => (a.orderId < b.orderId ? 1 : -1));
  const watched = new Map(newestFirst.slice(0, most).map(({ orderId, version }) => [orderId, version]));
  const known = new Set([...orderIdsIn(before), ...parked]);
  const older = newestFirst.length - watched.size;
  const wrong = new Set(orderIdsIn(before)).size - newestFirst.length;
  return { watched, leftOut: known.difference(watched), wrong, older };
}

/** The part of I1 that is about orders of before; nothing where there were none. */
export function compareEarlier({ watched, wrong, older }: EarlierOrders, { orders }: Pick<Facts, 'orders'>) {
  const versions = new Map(orders.map(({ orderId, version }) => [orderId, version]));
  const differences = [...watched].flatMap(([orderId, before]) => {
    const now = versions.get(orderId);
    if (now === undefined) return [`order ${orderId} was there before, and is gone`];
    return now >= before ? [] : [`order ${orderId} was at version ${before} before, and is at ${now}`];
  });
  const leftOut = [
    ...(wrong > 0 ? [`${wrong} that were not right then`] : []),
    ...(older > 0 ? [`${older} older ones`] : []),
  ];
  const many = watched.size === 0 ? 'none' : `${watched.size} orders`;
  const compared = leftOut.length === 0 ? many : `${many}, without ${leftOut.join(' and ')}`;
  const comparison: Comparison = { id: 'I1', what: 'orders of before are there', compared, differences };
  return watched.size + wrong + older === 0 ? [] : [comparison];
}

const orderIdsIn = ({ orders, reservations, payments, views, baskets }: Facts): string[] => [
  ...[orders, reservations, payments].flatMap((rows) => rows.map(({ orderId }) => orderId)),
  ...(views?.found?.keys() ?? []),
  ...(baskets?.keys() ?? []),
];

/** What the books say of one order, as if it were the only one. */
function singly({ reservations, payments, views, baskets }: Facts): (order: OrderFact) => Facts {
  const reserved = Map.groupBy(reservations, ({ orderId }) => orderId);
  const paid = Map.groupBy(payments, ({ orderId }) => orderId);
  return (order) => {
    const { orderId } = order;
    const only = <T>(map: ReadonlyMap<string, T>): Map<string, T> => {
      const found = map.get(orderId);
      return new Map(found === undefined ? [] : [[orderId, found]]);
    };
    return {
      orders: [order],
      reservations: reserved.get(orderId) ?? [],
      payments: paid.get(orderId) ?? [],
      stock: [],
      terms: [],
      queues: [],
      ...(views && { views: { found: views.found && only(views.found), folded: only(views.folded) } }),
      ...(baskets && { baskets: only(baskets) }),
    };
  };
}
