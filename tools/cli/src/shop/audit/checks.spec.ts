import { describe, expect, it } from '@jest/globals';
import { agree, compareLedgers, persisting, verdict } from './checks.ts';
import type { Facts, OrderFact, PaymentFact, ReservationFact, StockFact } from './facts.ts';

const HAPPY = ['placed', 'stock-reserved', 'payment-authorised', 'stock-committed', 'payment-captured', 'confirmed'];
const GIVEN_BACK = ['payment-refunded', 'stock-returned', 'refunded'];
const RETURN = [...HAPPY, 'shipped', 'return-requested', ...GIVEN_BACK];
const REFUND = [...HAPPY, 'cancelled', 'stock-returned', 'payment-refunded', 'refunded'];

const order = (orderId: string, types: string[]): OrderFact => ({
  orderId,
  userId: 'ann',
  version: types.length,
  lines: [{ sku: 'TEA', quantity: 2, unitPrice: { amount: 250, currency: 'EUR' } }],
  total: 500,
  currency: 'EUR',
  events: types.map((type, index) => ({ version: index + 1, type })),
});
const reservation = (orderId: string, state: ReservationFact['state']): ReservationFact => ({
  orderId,
  sku: 'TEA',
  quantity: 2,
  state,
  overdueSeconds: -600,
});
const late = (row: ReservationFact | undefined, overdueSeconds: number) =>
  Object.assign(row ?? {}, { state: 'live', overdueSeconds });
type Payment = 'authorised' | 'captured' | 'voided' | 'refunded';
const payment = (orderId: string, status: Payment, amount = 500): PaymentFact => ({
  paymentId: `pay-${orderId}-${status}`,
  orderId,
  currency: 'EUR',
  authorised: amount,
  captured: status === 'captured' || status === 'refunded' ? amount : 0,
  voided: status === 'voided' ? amount : 0,
  refunded: status === 'refunded' ? amount : 0,
});
const stock: StockFact = { sku: 'TEA', received: 10, available: 8, reserved: 0, committed: 2, ok: true };

/** A shop in which everything agrees: one order of every ending. */
const sound = (): Facts => ({
  orders: [
    order('paid', HAPPY),
    order('short', ['placed', 'rejected']),
    order('declined', ['placed', 'stock-reserved', 'rejected']),
    order('stopped', ['placed', 'stock-reserved', 'cancel-requested', 'cancelled']),
    order('back', REFUND),
    order('sent-back', RETURN),
  ],
  reservations: [
    reservation('paid', 'committed'),
    reservation('short', 'rejected'),
    reservation('declined', 'released'),
    reservation('stopped', 'released'),
    reservation('back', 'returned'),
    reservation('sent-back', 'returned'),
  ],
  stock: [stock],
  payments: [
    payment('paid', 'captured'),
    payment('stopped', 'voided'),
    payment('back', 'refunded'),
    payment('sent-back', 'refunded'),
  ],
  queues: [{ service: 'order', outbox: 0, parked: 0 }],
  terms: [{ name: 'supervisor', epoch: 1, actedLate: false }],
});

const failed = (facts: Facts) =>
  compareLedgers(facts).flatMap(({ id, differences }) => (differences.length === 0 ? [] : [id]));
const plant = (change: (facts: Facts) => unknown) => {
  const facts = sound();
  change(facts);
  return failed(facts);
};

describe('the ledger check', () => {
  it('finds nothing in a sound shop', () => expect(failed(sound())).toEqual([]));

  it('finds an order that never ends', () => {
    expect(plant(({ orders }) => orders.push(order('lost', ['placed', 'stock-reserved'])))).toEqual(['I4']);
    expect(plant(({ orders }) => orders.push(order('owed', [...HAPPY, 'cancelled', 'stock-returned'])))).toContain(
      'I4',
    );
  });

  it('takes a shipped order for a paid one, until its return is asked for', () => {
    expect(plant(({ orders }) => (orders[0] = order('paid', [...HAPPY, 'shipped'])))).toEqual([]);
    const asked = [...HAPPY, 'shipped', 'return-requested', 'payment-refunded'];
    expect(plant(({ orders }) => (orders[5] = order('sent-back', asked)))).toEqual(['I4']);
  });

  it('finds an order that was shipped and cancelled, or returned before it was shipped', () => {
    const both = [...HAPPY, 'shipped', 'cancelled', ...GIVEN_BACK];
    expect(plant(({ orders }) => (orders[4] = order('back', both)))).toEqual(['I3']);
    const early = [...HAPPY, 'return-requested', ...GIVEN_BACK];
    expect(plant(({ orders }) => (orders[4] = order('back', early)))).toEqual(['I3']);
  });

  it('finds a second ending', () => {
    expect(plant(({ orders }) => (orders[0] = order('paid', [...HAPPY, 'confirmed'])))).toEqual(['I3']);
    expect(plant(({ orders }) => (orders[1] = order('short', ['placed', 'rejected', 'cancelled'])))).toContain('I3');
    expect(plant(({ orders }) => (orders[4] = order('back', [...REFUND, 'refunded'])))).toEqual(['I3']);
  });

  it('CMP-12: finds stock that its ledger does not explain', () => {
    expect(plant((facts) => (facts.stock = [{ ...stock, ok: false }]))).toEqual(['I5']);
    expect(plant((facts) => (facts.stock = [{ ...stock, available: 9 }]))).toEqual(['I5']);
  });

  it('finds an oversold product', () => {
    expect(plant((facts) => (facts.stock = [{ ...stock, received: 1, available: -1 }]))).toContain('I6');
    expect(plant((facts) => (facts.stock = [{ ...stock, received: 1, available: 0, committed: 2 }]))).toContain('I6');
  });

  it('finds a paid order without its stock, or with other stock', () => {
    expect(plant((facts) => facts.reservations.shift())).toEqual(['I7']);
    expect(plant((facts) => (facts.reservations[0] = reservation('paid', 'live')))).toEqual(['I7']);
    expect(plant((facts) => (facts.reservations[0] = { ...reservation('paid', 'committed'), quantity: 1 }))).toEqual([
      'I7',
    ]);
    expect(plant((facts) => facts.reservations.push({ ...reservation('paid', 'live'), sku: 'LAMP' }))).toEqual(['I7']);
  });

  it('finds stock that an ended order still holds, and stock held for nobody', () => {
    expect(plant((facts) => (facts.reservations[2] = reservation('declined', 'live')))).toEqual(['I7']);
    expect(plant((facts) => (facts.reservations[4] = reservation('back', 'committed')))).toEqual(['I7']);
    expect(plant((facts) => facts.reservations.push(reservation('ghost', 'committed')))).toEqual(['I7']);
  });

  it('finds a reservation that nobody swept', () => {
    expect(
      plant((facts) => (facts.reservations[3] = { ...reservation('stopped', 'live'), overdueSeconds: 120 })),
    ).toContain('I8');
  });

  it.each([
    ['no capture', (facts: Facts) => facts.payments.shift()],
    ['two captures', (facts: Facts) => facts.payments.push({ ...payment('paid', 'captured'), paymentId: 'second' })],
    ['another amount', (facts: Facts) => (facts.payments[0] = payment('paid', 'captured', 499))],
    ['another currency', (facts: Facts) => (facts.payments[0] = { ...payment('paid', 'captured'), currency: 'USD' })],
    ['an open authorisation', (facts: Facts) => (facts.payments[1] = payment('stopped', 'authorised'))],
    ['a capture of a rejected order', (facts: Facts) => facts.payments.push(payment('short', 'captured'))],
    ['no refund', (facts: Facts) => (facts.payments[2] = payment('back', 'captured'))],
    [
      'a refund of something else',
      (facts: Facts) => (facts.payments[2] = { ...payment('back', 'refunded'), refunded: 400 }),
    ],
    ['money for nobody', (facts: Facts) => facts.payments.push(payment('ghost', 'captured'))],
  ])('finds %s', (_, change) => expect(plant(change)).toEqual(['I9']));

  it.each([
    ['a refund that hides a wrong amount', (facts: Facts) => (facts.payments[2] = payment('back', 'refunded', 400))],
    ['money held for nobody', (facts: Facts) => facts.payments.push(payment('ghost', 'authorised'))],
  ])('finds %s, although the sums agree', (_, change) => expect(plant(change)).toEqual(['I9']));

  it('says of money what exactly is wrong, and that the sums are', () => {
    const facts = sound();
    facts.payments.push({ ...payment('paid', 'captured'), paymentId: 'second' });
    expect(compareLedgers(facts).find(({ id }) => id === 'I9')?.differences).toEqual([
      '1000 EUR kept, 500 EUR owed',
      'paid order paid: 2 captures',
    ]);
  });

  it('finds a gap and a repeat in the versions, and a row behind its events', () => {
    const versions = (facts: Facts, last: number) =>
      Object.assign(facts.orders[0]?.events.at(-1) ?? {}, { version: last });
    expect(plant((facts) => versions(facts, 7))).toEqual(['I10']);
    expect(plant((facts) => versions(facts, 5))).toEqual(['I10']);
    expect(plant(({ orders }) => Object.assign(orders[0] ?? {}, { version: 5 }))).toEqual(['I10']);
  });

  it('finds messages that are unsent or parked', () => {
    expect(plant((facts) => (facts.queues = [{ service: 'order', outbox: 1, parked: 0 }]))).toEqual(['I11']);
    expect(plant((facts) => (facts.queues = [{ service: 'order', outbox: 0, parked: 2 }]))).toEqual(['parked']);
  });

  it('finds lists that are not what the events say', () => {
    const print = (version: number, text: string) => ({ version, print: text });
    const folded = new Map([['a', print(6, 'x')]]);
    const differences = (found: Map<string, ReturnType<typeof print>> | undefined) =>
      compareLedgers({ ...sound(), views: { found, folded } }).find(({ id }) => id === 'I13')?.differences;
    expect(differences(new Map(folded))).toEqual([]);
    expect(differences(undefined)).toEqual(['the read side has no views']);
    expect(differences(new Map())).toEqual(['order a is in no list']);
    expect(differences(new Map([['a', print(5, 'x')]]))).toEqual(['order a is listed at version 5 instead of 6']);
    expect(differences(new Map([['a', print(6, 'y')]]))).toEqual(['order a is listed otherwise than its events say']);
    expect(differences(new Map([...folded, ['b', print(1, 'z')]]))).toEqual(['order b is listed and has no events']);
    expect(compareLedgers(sound()).map(({ id }) => id)).not.toContain('I13');
  });

  it('finds a basket that is missing, too much, or another', () => {
    const differences = (...baskets: [string, { counts: boolean; skus: string[] }][]) =>
      compareLedgers({ ...sound(), baskets: new Map(baskets) }).find(({ id }) => id === 'basket')?.differences;
    const right = { counts: true, skus: ['TEA'] };
    expect(differences(['paid', right], ['back', { ...right, counts: false }])).toEqual([]);
    expect(differences()).toEqual(['paid order paid has no basket that counts']);
    expect(differences(['paid', { ...right, counts: false }])).toEqual(['paid order paid has no basket that counts']);
    expect(differences(['paid', { ...right, skus: ['TEA', 'CUP'] }])).toEqual([
      'the basket of order paid holds CUP TEA',
    ]);
    expect(differences(['paid', right], ['back', right])).toEqual(['the basket of refunded order back counts']);
    expect(differences(['paid', right], ['ghost', right])).toEqual([
      'a basket counts for order ghost, which does not exist',
    ]);
    expect(compareLedgers(sound()).map(({ id }) => id)).not.toContain('basket');
  });

  it('names parked keys with their cause, at most five', () => {
    const parked = (key: string, cause: string | null) => ({ consumer: 'order-saga', topic: 't.v1', key, cause });
    const detailOf = (parkedKeys: ReturnType<typeof parked>[]) => {
      const facts = { ...sound(), queues: [{ service: 'order', outbox: 0, parked: parkedKeys.length, parkedKeys }] };
      return compareLedgers(facts)
        .map(verdict)
        .find(({ id }) => id === 'parked')?.detail;
    };
    expect(detailOf([parked('k1', 'bad\n  amount'), parked('k2', null)])).toBe(
      'order has parked messages or calls; order-saga on t.v1, key k1: bad amount; order-saga on t.v1, key k2: to be tried again',
    );
    expect(detailOf(Array.from({ length: 7 }, (_, index) => parked(`k${index}`, 'x')))).toMatch(
      /key k4: x; and 2 more$/,
    );
  });

  it('finds a leader that wrote after its successor had begun', () =>
    expect(plant(({ terms }) => terms.push({ name: 'supervisor', epoch: 2, actedLate: true }))).toEqual(['leader']));

  it('finds prices that are no whole numbers, or do not add up', () => {
    const priced = (amount: number, currency = 'EUR', total = 2 * amount) =>
      plant(({ orders }) =>
        orders.push({
          ...order('x', ['placed', 'rejected']),
          lines: [{ sku: 'TEA', quantity: 2, unitPrice: { amount, currency } }],
          total,
        }),
      );
    expect(priced(100)).toEqual([]);
    expect(priced(100.5)).toEqual(['I16']);
    expect(priced(-1)).toEqual(['I16']);
    expect(priced(100, 'EUR', 201)).toEqual(['I16']);
    expect(priced(100, 'USD')).toEqual(['I16']);
  });

  it('lists its checks in the order of their ids', () => {
    const numbers = compareLedgers(sound()).flatMap(({ id }) => (id.startsWith('I') ? [Number(id.slice(1))] : []));
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  });

  it('names what it found, and not all of it when it is much', () => {
    const facts = sound();
    facts.orders.push(...['a', 'b', 'c', 'd', 'e'].map((id) => order(id, ['placed'])));
    expect(
      compareLedgers(facts)
        .map(verdict)
        .find(({ id }) => id === 'I4'),
    ).toMatchObject({
      ok: false,
      detail: 'order a stands at placed; order b stands at placed; order c stands at placed; and 2 more',
    });
  });

  it('tells checks of the same id apart', () => {
    const check = (what: string, ...differences: string[]) => ({ id: 'I11', what, compared: '', differences });
    const looks = [check('sent', 'a'), check('taken in', 'b')];
    expect(persisting(looks, looks)).toEqual(looks);
  });

  it.each<[string, string, (facts: Facts, look: number) => unknown]>([
    ['I5', '"available":7', (facts, look) => (facts.stock = [{ ...stock, available: 8 - look, ok: false }])],
    ['I6', '12 committed of 10', (facts, look) => (facts.stock = [{ ...stock, committed: 11 + look }])],
    ['I8', 'TEA: by 41 s', ({ reservations: [one] }, look) => late(one, 40 + look)],
    ['I11', '', (facts, look) => (facts.queues = [{ service: 'order', outbox: 5 + look, parked: 0 }])],
  ])('keeps a fault of %s whose amount grows from look to look, and tells it', (id, told, change) => {
    const [first, second] = [sound(), sound()];
    [first, second].forEach(change);
    const kept = persisting(compareLedgers(first), compareLedgers(second)).map(verdict);
    expect(kept.find((one) => one.id === id)).toMatchObject({ ok: false, detail: expect.stringContaining(told) });
  });

  it('forgets what a later look does not see, and keeps what stays', () => {
    const look = (...open: string[]) => {
      const facts = sound();
      facts.orders.push(...open.map((id) => order(id, ['placed'])));
      return compareLedgers(facts);
    };
    expect(agree(persisting(look('a', 'b'), look('c')))).toBe(true);
    const kept = persisting(look('a', 'b'), look('b', 'c')).find(({ id }) => id === 'I4');
    expect(kept?.differences).toEqual(['order b stands at placed']);
  });
});
