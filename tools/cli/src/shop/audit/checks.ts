import { basketDifferences, type BasketFact } from './baskets.ts';
import type { Facts, OrderFact, PaymentFact, ReservationFact, StockFact, ViewFact } from './facts.ts';
import { endingFault, outcomeOf } from './outcome.ts';

/** One invariant: `detail` says what was compared, or the differences found. */
export interface AuditCheck {
  id: string;
  what: string;
  ok: boolean;
  detail: string;
}

/** One invariant with everything that contradicts it. */
export interface Comparison {
  id: string;
  what: string;
  /** Begins with how many there were. */
  compared: string;
  /** Without amounts that change from look to look while the fault stays: they would make it another difference each time. */
  differences: string[];
  /** What helps to mend the differences. Not compared from look to look: it changes while the fault stays. */
  evidence?: string[];
}

/** A live reservation may outlive its time by this much until the sweeper comes. */
const SWEEP_GRACE_SECONDS = 30;
const SHOWN = 3;
const EVIDENCE_SHOWN = 5;
const CAUSE_SHOWN = 160;

const count = ({ length }: readonly unknown[], noun: string) => `${length} ${noun}${length === 1 ? '' : 's'}`;

/** Compares the ledgers; every difference names its order, sku or service. Ids as in README.md of tools/cli. Pure. */
export function compareLedgers(facts: Facts): Comparison[] {
  const orders = count(facts.orders, 'order');
  const payments = count(facts.payments, 'payment');
  const services = count(facts.queues, 'service');
  return [
    { id: 'I3', what: 'one ending an order', compared: orders, differences: endings(facts) },
    { id: 'I4', what: 'every order has ended', compared: orders, differences: unfinished(facts) },
    ...stockComparisons(facts.stock),
    { id: 'I7', what: 'reservations match the orders', compared: orders, differences: reservationDifferences(facts) },
    overdueComparison(facts.reservations),
    { id: 'I9', what: 'payments match the orders', compared: payments, differences: paymentDifferences(facts) },
    { id: 'I10', what: 'versions without a gap', compared: orders, differences: versionGaps(facts) },
    { id: 'leader', what: 'one leader at a time', compared: count(facts.terms, 'term'), differences: lateActs(facts) },
    { id: 'I11', what: 'nothing unsent', compared: services, differences: queued(facts, 'outbox') },
    ...(facts.views ? [viewComparison(facts.views)] : []),
    ...(facts.baskets ? [basketComparison(facts.orders, facts.baskets)] : []),
    { id: 'I16', what: 'prices are whole and add up', compared: orders, differences: wrongPrices(facts) },
    {
      id: 'parked',
      what: 'nothing parked',
      compared: services,
      differences: queued(facts, 'parked'),
      evidence: parkedKeys(facts),
    },
  ];
}

/**
 * Keeps only the differences that an earlier look saw as well. The ledgers are read one after the other, so a shop at work
 * always shows some that are gone a moment later; a real one stays.
 */
export function persisting(earlier: readonly Comparison[], now: readonly Comparison[]): Comparison[] {
  return now.map((comparison) => {
    const same = ({ id, what }: Comparison): boolean => id === comparison.id && what === comparison.what;
    const before = new Set(earlier.find(same)?.differences);
    return { ...comparison, differences: comparison.differences.filter((difference) => before.has(difference)) };
  });
}

export function verdict({ id, what, compared, differences, evidence = [] }: Comparison): AuditCheck {
  if (differences.length === 0) return { id, what, ok: true, detail: compared };
  const detail = [...some(differences, SHOWN), ...some(evidence, EVIDENCE_SHOWN)].join('; ');
  return { id, what, ok: false, detail };
}

function some(texts: readonly string[], shown: number): string[] {
  return texts.length > shown ? [...texts.slice(0, shown), `and ${texts.length - shown} more`] : [...texts];
}

/** Nothing was there to be compared: it agrees, and says nothing. */
export const isEmpty = ({ compared }: Comparison): boolean => compared.startsWith('0 ');

export const agree = (comparisons: readonly Comparison[]): boolean =>
  comparisons.every(({ differences }) => differences.length === 0);

function unfinished({ orders }: Facts): string[] {
  return orders.flatMap((order) =>
    outcomeOf(order) === 'open' ? [`order ${order.orderId} stands at ${order.events.at(-1)?.type}`] : [],
  );
}

function endings({ orders }: Facts): string[] {
  return orders.flatMap((order) => {
    const fault = endingFault(order);
    return fault === undefined ? [] : [`order ${order.orderId}: ${fault}`];
  });
}

function stockComparisons(stock: readonly StockFact[]): Comparison[] {
  const compared = count(stock, 'sku');
  const unexplained = stock.filter(isUnexplained);
  const oversold = stock.filter(isOversold);
  return [
    {
      id: 'I5',
      what: 'stock = ledger = reservations',
      compared,
      differences: unexplained.map(({ sku }) => `sku ${sku} is not what its ledger and reservations say`),
      evidence: unexplained.map((row) => JSON.stringify(row)),
    },
    {
      id: 'I6',
      what: 'nothing oversold',
      compared,
      differences: oversold.map(({ sku }) => `sku ${sku} is oversold`),
      evidence: oversold.map(
        ({ sku, received, available, committed }) =>
          `${sku}: ${committed} committed of ${received} received, ${available} available`,
      ),
    },
  ];
}

export const isUnexplained = ({ ok, received, available, reserved, committed }: StockFact): boolean =>
  !ok || received !== available + reserved + committed;

export const isOversold = ({ received, available, reserved, committed }: StockFact): boolean =>
  Math.min(available, reserved, committed) < 0 || committed > received;

function reservationDifferences({ orders, reservations }: Facts): string[] {
  const byOrder = Map.groupBy(reservations, ({ orderId }) => orderId);
  const known = new Set(orders.map(({ orderId }) => orderId));
  const orphans = [...byOrder].flatMap(([orderId, rows]) =>
    known.has(orderId) || !rows.some(isHeld) ? [] : [`stock is held for order ${orderId}, which does not exist`],
  );
  return [...orphans, ...orders.flatMap((order) => reservationFault(order, byOrder.get(order.orderId) ?? []))];
}

function reservationFault(order: OrderFact, rows: ReservationFact[]): string[] {
  const held = rows.filter(isHeld);
  const outcome = outcomeOf(order);
  if (outcome === 'open') return [];
  if (outcome !== 'paid')
    return held.length === 0 ? [] : [`${outcome} order ${order.orderId} still holds ${quantities(held)}`];
  const committed = held.filter(({ state }) => state === 'committed');
  const equal = held.length === committed.length && quantities(committed) === quantities(order.lines);
  return equal
    ? []
    : [`paid order ${order.orderId} of ${quantities(order.lines)} has ${quantities(held) || 'nothing'} committed`];
}

const isHeld = ({ state }: ReservationFact) => state === 'live' || state === 'committed';

const quantities = (lines: { sku: string; quantity: number }[]) =>
  lines
    .map(({ sku, quantity }) => `${quantity} ${sku}`)
    .sort()
    .join(' + ');

function overdueComparison(reservations: readonly ReservationFact[]): Comparison {
  const overdue = reservations.filter(isOverdue);
  return {
    id: 'I8',
    what: 'no reservation outlives its time',
    compared: count(reservations, 'reservation'),
    differences: overdue.map(({ orderId, sku }) => `order ${orderId} holds ${sku} too long`),
    evidence: overdue.map(({ sku, overdueSeconds }) => `${sku}: by ${Math.round(overdueSeconds ?? 0)} s`),
  };
}

const isOverdue = ({ state, overdueSeconds }: ReservationFact): boolean =>
  state === 'live' && (overdueSeconds ?? 0) > SWEEP_GRACE_SECONDS;

function paymentDifferences({ orders, payments }: Facts): string[] {
  const byOrder = Map.groupBy(payments, ({ orderId }) => orderId);
  const known = new Set(orders.map(({ orderId }) => orderId));
  const orphans = [...byOrder].flatMap(([orderId, rows]) =>
    known.has(orderId) || !rows.some(isTaken) ? [] : [`money was taken for order ${orderId}, which does not exist`],
  );
  const faults = orders.flatMap((order) => paymentFault(order, byOrder.get(order.orderId) ?? []));
  return [...sumDifferences(orders, payments), ...orphans, ...faults];
}

function paymentFault(order: OrderFact, rows: PaymentFact[]): string[] {
  const outcome = outcomeOf(order);
  if (outcome === 'open') return [];
  const faults: string[] = [];
  const captures = rows.filter(({ captured }) => captured > 0);
  const refunds = rows.filter(({ refunded }) => refunded > 0);
  const wasPaid = outcome === 'paid' || outcome === 'refunded';
  if (rows.some((row) => openAmount(row) > 0)) faults.push('an authorisation is left open');
  if (captures.length !== (wasPaid ? 1 : 0)) faults.push(`${captures.length} captures`);
  if (refunds.length !== (outcome === 'refunded' ? 1 : 0)) faults.push(`${refunds.length} refunds`);
  const exact = ({ captured, refunded, currency }: PaymentFact) =>
    captured === order.total && currency === order.currency && (refunded === 0 || refunded === captured);
  if (!captures.every(exact)) faults.push(`another amount than ${order.total} ${order.currency}`);
  return faults.map((fault) => `${outcome} order ${order.orderId}: ${fault}`);
}

function wrongPrices({ orders }: Facts): string[] {
  return orders.flatMap(({ orderId, lines, total, currency }) => {
    const amounts = [total, ...lines.map(({ unitPrice }) => unitPrice.amount)];
    if (!amounts.every((amount) => Number.isSafeInteger(amount) && amount >= 0))
      return [`order ${orderId} has amounts ${amounts.join(', ')}`];
    const sum = lines.reduce((so, { quantity, unitPrice }) => so + quantity * unitPrice.amount, 0);
    if (sum !== total) return [`order ${orderId} is ${total} in all, its lines are ${sum}`];
    const other = lines.find(({ unitPrice }) => unitPrice.currency !== currency)?.unitPrice.currency;
    return other === undefined ? [] : [`order ${orderId} is in ${currency} and in ${other}`];
  });
}

/** Σ captured − Σ refunded = Σ totals of paid orders, in every currency. */
function sumDifferences(orders: OrderFact[], payments: PaymentFact[]): string[] {
  if (orders.some((order) => outcomeOf(order) === 'open')) return [];
  const owed = sums(
    orders.filter((order) => outcomeOf(order) === 'paid').map(({ currency, total }) => [currency, total]),
  );
  const kept = sums(payments.map(({ currency, captured, refunded }) => [currency, captured - refunded]));
  const currencies = [...new Set([...owed.keys(), ...kept.keys()])];
  return currencies.flatMap((currency) => {
    const [due, got] = [owed.get(currency) ?? 0, kept.get(currency) ?? 0];
    return due === got ? [] : [`${got} ${currency} kept, ${due} ${currency} owed`];
  });
}

function sums(amounts: [string, number][]): Map<string, number> {
  const result = new Map<string, number>();
  for (const [currency, amount] of amounts) result.set(currency, (result.get(currency) ?? 0) + amount);
  return result;
}

const openAmount = ({ authorised, captured, voided }: PaymentFact) => authorised - captured - voided;

const isTaken = (row: PaymentFact) => openAmount(row) > 0 || row.captured > row.refunded;

function versionGaps({ orders }: Facts): string[] {
  return orders.flatMap(({ orderId, version, events }) => {
    const versions = events.map((event) => event.version);
    const gapless = versions.length > 0 && versions.every((one, index) => one === index + 1);
    if (!gapless) return [`order ${orderId} has versions ${versions.join(' ') || 'none'}`];
    return version === versions.length
      ? []
      : [`order ${orderId} is at version ${version}, its events at ${versions.length}`];
  });
}

function lateActs({ terms }: Facts): string[] {
  return terms.flatMap(({ name, epoch, actedLate }) =>
    actedLate ? [`leader ${epoch} of ${name} wrote after its successor had begun`] : [],
  );
}

function queued({ queues }: Facts, kind: 'outbox' | 'parked'): string[] {
  return queues.flatMap(({ service, [kind]: count }) => (count === 0 ? [] : [`${service} has ${FAULTS[kind]}`]));
}

const FAULTS = { outbox: 'unsent messages', parked: 'parked messages or calls' };

function parkedKeys({ queues }: Facts): string[] {
  return queues.flatMap(({ parkedKeys = [] }) =>
    parkedKeys.map(({ consumer, topic, key, cause }) => {
      const why = cause === null ? 'to be tried again' : cause.replaceAll(/\s+/g, ' ').slice(0, CAUSE_SHOWN);
      return `${consumer} on ${topic}, key ${key}: ${why}`;
    }),
  );
}

function viewComparison(views: ViewFact): Comparison {
  const compared = count([...views.folded], 'order');
  return { id: 'I13', what: 'order lists = fold of the events', compared, differences: viewDifferences(views) };
}

function viewDifferences({ found, folded }: ViewFact): string[] {
  if (found === undefined) return ['the read side has no views'];
  const wrong = [...folded].flatMap(([orderId, { version, print }]) => {
    const seen = found.get(orderId);
    if (seen === undefined) return [`order ${orderId} is in no list`];
    if (seen.version !== version)
      return [`order ${orderId} is listed at version ${seen.version} instead of ${version}`];
    return seen.print === print ? [] : [`order ${orderId} is listed otherwise than its events say`];
  });
  const orphans = [...found.keys()].filter((orderId) => !folded.has(orderId));
  return [...wrong, ...orphans.map((orderId) => `order ${orderId} is listed and has no events`)];
}

function basketComparison(orders: OrderFact[], baskets: ReadonlyMap<string, BasketFact>): Comparison {
  const differences = basketDifferences(orders, baskets);
  return { id: 'basket', what: 'baskets = paid orders', compared: count([...baskets], 'basket'), differences };
}
