import type { Facts, OrderFact, PaymentFact, ReservationFact } from './facts.ts';
import { endingFault, outcomeOf } from './outcome.ts';

/** One invariant: `detail` says what was compared, or the differences found. Ids as in docs/testing.md. */
export interface AuditCheck {
  id: string;
  what: string;
  ok: boolean;
  detail: string;
}

/** A live reservation may outlive its time by this much until the sweeper comes. */
const SWEEP_GRACE_SECONDS = 30;
const SHOWN = 3;

/** Compares the ledgers; every difference names its order, sku or service. Pure. */
export function auditChecks(facts: Facts): AuditCheck[] {
  return [
    check('I4', 'every order has ended', facts.orders.length, 'orders', unfinished(facts)),
    check('I3', 'one ending an order', facts.orders.length, 'orders', endings(facts)),
    check('I5', 'stock = ledger = reservations', facts.stock.length, 'skus', stockDifferences(facts)),
    check('I6', 'nothing oversold', facts.stock.length, 'skus', oversold(facts)),
    check('I7', 'reservations match the orders', facts.orders.length, 'orders', reservationDifferences(facts)),
    check('I8', 'no reservation outlives its time', facts.reservations.length, 'reservations', overdue(facts)),
    check('I9', 'payments match the orders', facts.payments.length, 'payments', paymentDifferences(facts)),
    check('I10', 'versions without a gap', facts.orders.length, 'orders', versionGaps(facts)),
    check('I11', 'nothing unsent', facts.queues.length, 'services', queued(facts, 'outbox')),
    check('parked', 'nothing parked', facts.queues.length, 'services', queued(facts, 'parked')),
  ];
}

function check(id: string, what: string, count: number, noun: string, differences: string[]): AuditCheck {
  if (differences.length === 0) return { id, what, ok: true, detail: `${count} ${noun}` };
  const more = differences.length > SHOWN ? `; and ${differences.length - SHOWN} more` : '';
  return { id, what, ok: false, detail: differences.slice(0, SHOWN).join('; ') + more };
}

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

function stockDifferences({ stock }: Facts): string[] {
  return stock.flatMap((row) => {
    const adds = row.received === row.available + row.reserved + row.committed;
    return row.ok && adds ? [] : [`sku ${row.sku}: ${JSON.stringify(row)}`];
  });
}

function oversold({ stock }: Facts): string[] {
  return stock.flatMap(({ sku, received, available, reserved, committed }) => {
    const negative = Math.min(available, reserved, committed) < 0;
    return negative || committed > received ? [`sku ${sku}: ${committed} committed of ${received} received`] : [];
  });
}

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

function overdue({ reservations }: Facts): string[] {
  return reservations.flatMap(({ orderId, sku, state, overdueSeconds }) =>
    state === 'live' && (overdueSeconds ?? 0) > SWEEP_GRACE_SECONDS
      ? [`order ${orderId} holds ${sku} ${Math.round(overdueSeconds ?? 0)} s too long`]
      : [],
  );
}

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

function queued({ queues }: Facts, kind: 'outbox' | 'parked'): string[] {
  return queues.flatMap(({ service, [kind]: count }) => (count === 0 ? [] : [`${service}: ${count}`]));
}
