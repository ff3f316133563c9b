import type { Comparison } from '../../../cli/src/shop/audit/checks.ts';
import type { OrderFact } from '../../../cli/src/shop/audit/facts.ts';
import type { Edge } from './history.ts';
import {
  isBefore,
  operationsOf,
  type PastOperation,
  type PlaceAnswered,
  type PlaceAsked,
  type ReadAnswered,
} from './operations.ts';

/** What a client's record is compared with: the event streams of the orders. */
export interface HistoryFacts {
  readonly orders: readonly Pick<OrderFact, 'orderId' | 'userId' | 'events' | 'total'>[];
}

/** The event that an accepted wish leaves in the stream, sooner or later. */
const TRACES: Readonly<Partial<Record<Edge['f'], readonly string[]>>> = {
  cancel: ['cancel-requested', 'cancelled'],
  return: ['return-requested'],
};

/** What a client may see of an order after it saw the status; nothing after what is not named here. */
const MAY_FOLLOW: Readonly<Record<string, readonly string[]>> = {
  confirmed: ['confirmed', 'cancelled', 'shipped', 'return-requested', 'refunded'],
  shipped: ['shipped', 'return-requested', 'refunded'],
  'return-requested': ['return-requested', 'refunded'],
  cancelled: ['cancelled', 'refunded'],
  rejected: ['rejected'],
  refunded: ['refunded'],
};

/** Answers that promise nothing about the key: another attempt is under way, there are too many, or the door did not let it in. */
const PASSING = new Set<unknown>([401, 403, 409, 429]);

/**
 * Compares what the shop has told a client with what it has stored (I1–I3, I10, I14–I16), in one pass over the
 * edges. Every difference names the key or the order, every check says how much it had to compare. Pure.
 */
export function checkHistory(edges: readonly Edge[], facts: HistoryFacts): Comparison[] {
  const operations = operationsOf(edges);
  const places = operations.filter(({ invoke }) => invoke.f === 'place');
  const reads = operations.filter(({ invoke, end }) => invoke.f === 'read' && end?.type === 'ok');
  const wishes = operations.filter(isGrantedWish);
  const streams = new Map(facts.orders.map((order) => [order.orderId, order.events]));
  const twice = pairs(reads);
  const ends = twice.filter(([earlier]) => (read(earlier).orderStatus ?? '') in MAY_FOLLOW);
  const priced = pricesOf(places, facts);
  const repeats = repeatsOf(places);
  const check = (id: string, what: string, compared: string, differences: string[]): Comparison => ({
    id,
    what,
    compared,
    differences,
  });
  const promises = `${orderIdsOf(places).length + wishes.length} orders and wishes that were accepted`;
  const keys = `${byKey(places).size} keys`;
  return [
    check('I1', 'what was accepted is there', promises, [
      ...lostOrders(places, streams),
      ...lostWishes(wishes, streams),
    ]),
    check('I2', 'one order a key', keys, [...doubledKeys(places), ...unexplained(places, facts)]),
    check('I3', 'what clients saw end stays so', `${ends.length} looks after an end`, changedEnds(ends)),
    check('I10', 'what clients saw is in the stream', `${reads.length} looks`, strangeReads(reads, streams)),
    check('I14', 'clients never go back in time', `${twice.length} looks after another`, [
      ...readsGoingBack(twice),
      ...unreadable(operations),
    ]),
    check('I16', 'the price that was accepted', `${priced.length} orders with a price`, otherPrices(priced)),
    check('I15', 'the same key, the same answer', `${repeats.length} repeats`, repeats.flatMap(otherAnswer)),
  ];
}

const placed = ({ end }: PastOperation): PlaceAnswered => (end?.value ?? {}) as PlaceAnswered;
const asked = ({ invoke }: PastOperation): PlaceAsked => invoke.value as unknown as PlaceAsked;
const read = ({ end }: PastOperation): ReadAnswered => (end?.value ?? {}) as ReadAnswered;
const byKey = (operations: readonly PastOperation[]) => Map.groupBy(operations, ({ invoke }) => invoke.key);
const orderIdsOf = (operations: readonly PastOperation[]): string[] => [
  ...new Set(operations.flatMap((operation) => placed(operation).orderId ?? [])),
];

type Streams = ReadonlyMap<string, OrderFact['events']>;

function lostOrders(places: readonly PastOperation[], streams: Streams): string[] {
  return orderIdsOf(places).flatMap((orderId) =>
    streams.has(orderId) ? [] : [`order ${orderId} was accepted and does not exist`],
  );
}

/** Something other than an order that was accepted, and leaves a trace. */
const isGrantedWish = ({ invoke, end }: PastOperation): boolean => invoke.f in TRACES && end?.type === 'ok';

function lostWishes(wishes: readonly PastOperation[], streams: Streams): string[] {
  return wishes.flatMap(({ invoke }) => {
    const known = streams.get(invoke.key)?.some(({ type }) => TRACES[invoke.f]?.includes(type));
    return known ? [] : [`the ${invoke.f} of order ${invoke.key} was accepted and is nowhere`];
  });
}

function doubledKeys(places: readonly PastOperation[]): string[] {
  return [...byKey(places)].flatMap(([key, attempts]) => {
    const ids = orderIdsOf(attempts);
    return ids.length > 1 ? [`key ${key} became ${ids.length} orders: ${ids.join(', ')}`] : [];
  });
}

/** A customer has no more orders than answers and open questions: a refused request leaves none, an open one at most one. */
function unexplained(places: readonly PastOperation[], { orders }: HistoryFacts): string[] {
  return [...Map.groupBy(places, (operation) => asked(operation).user)].flatMap(([user, attempts]) => {
    const told = new Set(orderIdsOf(attempts));
    const untold = orders.filter(({ userId, orderId }) => userId === user && !told.has(orderId));
    const open = [...byKey(attempts).values()].filter(
      (tries) => orderIdsOf(tries).length === 0 && tries.some(({ end }) => end === undefined || end.type === 'info'),
    );
    if (untold.length <= open.length) return [];
    const ids = untold.map(({ orderId }) => orderId).join(', ');
    return [`${user} has ${untold.length} orders that nobody was told of, with ${open.length} keys open: ${ids}`];
  });
}

type Pair = readonly [earlier: PastOperation, later: PastOperation];

function changedEnds(ends: readonly Pair[]): string[] {
  return ends.flatMap(([earlier, later]) => {
    const [from, to] = [read(earlier).orderStatus ?? '', read(later).orderStatus ?? ''];
    return MAY_FOLLOW[from]?.includes(to) ? [] : [`order ${later.invoke.key} was ${from}, then ${to}`];
  });
}

/** An event that gives the order its status must be the one that the stream has at that version. */
function strangeReads(reads: readonly PastOperation[], streams: Streams): string[] {
  return reads.flatMap((operation) => {
    const { version = 0, orderStatus = '' } = read(operation);
    const events = streams.get(operation.invoke.key) ?? [];
    const at = events.find((event) => event.version === version)?.type;
    const seen = `order ${operation.invoke.key} was seen as ${orderStatus} at version ${version}`;
    if (at === undefined) return [`${seen}, its stream ends at ${events.length}`];
    return at in MAY_FOLLOW && at !== orderStatus ? [`${seen}, its stream has ${at} there`] : [];
  });
}

function readsGoingBack(twice: readonly Pair[]): string[] {
  return twice.flatMap(([earlier, later]) => {
    const [from, to] = [read(earlier).version ?? 0, read(later).version ?? 0];
    return to >= from ? [] : [`order ${later.invoke.key} was read at version ${from}, then at ${to}`];
  });
}

/** Each read of an order with the newest one that was over before it began. */
function pairs(reads: readonly PastOperation[]): Pair[] {
  return [...byKey(reads).values()].flatMap((ofOrder) => {
    const ended = ofOrder.toSorted((a, b) => (a.end?.index ?? 0) - (b.end?.index ?? 0));
    let newest: PastOperation | undefined;
    return ofOrder
      .toSorted((a, b) => a.invoke.index - b.invoke.index)
      .flatMap((later): Pair[] => {
        for (let next = ended[0]; next !== undefined && isBefore(next, later); next = ended[0]) {
          if (newest === undefined || (read(next).version ?? 0) >= (read(newest).version ?? 0)) newest = next;
          ended.shift();
        }
        return newest === undefined ? [] : [[newest, later]];
      });
  });
}

/** An order that was accepted can be read from then on. */
function unreadable(operations: readonly PastOperation[]): string[] {
  const accepted = new Map<string, PastOperation>();
  for (const operation of operations) {
    const { orderId } = placed(operation);
    if (operation.invoke.f === 'place' && orderId !== undefined && !accepted.has(orderId))
      accepted.set(orderId, operation);
  }
  return operations.flatMap((operation) => {
    const { invoke, end } = operation;
    const place = accepted.get(invoke.key);
    const missing = invoke.f === 'read' && end?.type === 'fail' && end.value['status'] === 404;
    if (!missing || place === undefined || !isBefore(place, operation)) return [];
    return [`order ${invoke.key} was accepted and then not found`];
  });
}

interface Price {
  readonly orderId: string;
  readonly accepted: number;
  readonly total: number;
}

/** Of orders that are there, and whose body names the total that the customer agreed to. */
function pricesOf(places: readonly PastOperation[], { orders }: HistoryFacts): Price[] {
  const totals = new Map(orders.map(({ orderId, total }) => [orderId, total]));
  return places.flatMap((operation) => {
    const { orderId = '' } = placed(operation);
    const { expectedTotal } = (asked(operation).body ?? {}) as { expectedTotal?: { amount: number } };
    const total = totals.get(orderId);
    return total === undefined || expectedTotal === undefined
      ? []
      : [{ orderId, accepted: expectedTotal.amount, total }];
  });
}

const otherPrices = (prices: readonly Price[]): string[] =>
  prices.flatMap(({ orderId, accepted, total }) =>
    total === accepted ? [] : [`order ${orderId} was accepted at ${accepted} and costs ${total}`],
  );

/** The first answer that accepted a key, with each other one that has to agree with it. */
function repeatsOf(places: readonly PastOperation[]): Pair[] {
  return [...byKey(places).values()].flatMap((attempts) => {
    const first = attempts.find(({ end }) => end?.type === 'ok');
    if (first === undefined) return [];
    return attempts.flatMap((attempt): Pair[] => {
      const { end } = attempt;
      if (attempt === first || end === undefined || end.type === 'info' || PASSING.has(placed(attempt).status))
        return [];
      // What was refused before the key was accepted has promised nothing.
      const isEarlier = isSameBody(first, attempt) && !isBefore(first, attempt) && end.type === 'fail';
      return isEarlier ? [] : [[first, attempt]];
    });
  });
}

function otherAnswer([first, repeat]: Pair): string[] {
  const { key } = first.invoke;
  const { status, code, orderId } = placed(repeat);
  const told = `${status} ${orderId ?? code}`;
  if (!isSameBody(first, repeat)) return status === 422 ? [] : [`key ${key} with another body was answered ${told}`];
  const { status: before, orderId: known } = placed(first);
  return status === before && orderId === known ? [] : [`key ${key} was answered ${before} ${known}, then ${told}`];
}

const isSameBody = (one: PastOperation, other: PastOperation): boolean =>
  JSON.stringify(asked(one).body) === JSON.stringify(asked(other).body);
