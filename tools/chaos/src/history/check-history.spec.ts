import { describe, expect, it } from '@jest/globals';
import { isEmpty } from '../../../cli/src/shop/audit/checks.ts';
import { checkHistory, type HistoryFacts } from './check-history.ts';
import type { Edge } from './history.ts';

type End = readonly [type: 'ok' | 'fail' | 'info', value?: Edge['value']];
type Told = readonly [f: Edge['f'], key: string, asked: Edge['value'], end?: End];

/** Each operation begins when the one before it is over. */
const record = (...told: Told[]): Edge[] =>
  told
    .flatMap(([f, key, value, end], process) => {
      const edge = (type: Edge['type'], what: Edge['value']) => ({ process, type, f, key, value: what, monoNs: '0' });
      return [edge('invoke', value), ...(end ? [edge(end[0], end[1] ?? {})] : [])];
    })
    .map((edge, index) => ({ ...edge, index }));

const BODY = { lines: [{ sku: 'TEA', quantity: 1 }], expectedTotal: { amount: 250, currency: 'EUR' } };
const place = (key: string, end?: End, body: unknown = BODY): Told => ['place', key, { user: 'ann', body }, end];
const accepted = (orderId: string): End => ['ok', { status: 202, orderId }];
const look = (orderId: string, version: number, orderStatus: string): Told => [
  'read',
  orderId,
  { user: 'ann' },
  ['ok', { status: 200, version, orderStatus }],
];
const stream = (orderId: string, ...types: string[]) => ({
  orderId,
  userId: 'ann',
  total: 250,
  events: types.map((type, index) => ({ type, version: index + 1 })),
});
const PAID = ['placed', 'stock-reserved', 'payment-authorised', 'stock-committed', 'payment-captured', 'confirmed'];

const facts: HistoryFacts = {
  orders: [stream('o1', ...PAID), stream('o2', 'placed', 'cancel-requested', 'cancelled'), stream('o3', 'placed')],
};
/** A history without a fault: repeats, a refusal, an unknown outcome that became o3, a cancelled order. */
const SOUND: Told[] = [
  place('k1', accepted('o1')),
  place('k1', accepted('o1')),
  place('k1', ['fail', { status: 422, code: 'idempotency-key-reused' }], { lines: [] }),
  look('o1', 2, 'stock-reserved'),
  look('o1', 6, 'confirmed'),
  place('k2', ['info']),
  place('k2', ['fail', { status: 409, code: 'idempotency-key-in-flight' }]),
  place('k2', accepted('o2')),
  ['cancel', 'o2', { user: 'ann' }, ['ok', { status: 202 }]],
  place('k3'),
  place('k4', ['fail', { status: 409, code: 'price-changed' }]),
];

const failed = (told: Told[], known = facts): string[] =>
  checkHistory(record(...told), known).flatMap(({ id, differences }) => (differences.length === 0 ? [] : [id]));
const planted = (...more: Told[]): string[] => failed([...SOUND, ...more]);

describe('the check of what clients were told', () => {
  it('finds nothing in a sound history', () => expect(failed(SOUND)).toEqual([]));

  it('finds an accepted order that does not exist: I1', () =>
    expect(planted(place('k9', accepted('lost')))).toEqual(['I1']));

  it('finds an accepted wish that left no trace: I1', () => {
    expect(planted(['cancel', 'o1', { user: 'ann' }, ['ok']])).toEqual(['I1']);
    expect(planted(['return', 'o1', { user: 'ann' }, ['ok']])).toEqual(['I1']);
    expect(planted(['cancel', 'o1', { user: 'ann' }, ['fail', { status: 409 }]])).toEqual([]);
    expect(planted(['cancel', 'o1', { user: 'ann' }, ['info']])).toEqual([]);
  });

  it('finds a second order for a key: I2', () => {
    const orders = facts.orders.slice(0, 2);
    const told = [place('k1', accepted('o1')), place('k1', ['info']), place('k1', accepted('o2'))];
    expect(failed(told, { orders })).toEqual(['I2', 'I15']);
  });

  it('finds an order of a request that was refused: I2', () => {
    const refused = SOUND.map((told) => (told[1] === 'k3' ? place('k3', ['fail', { status: 409 }]) : told));
    expect(failed(refused)).toEqual(['I2']);
  });

  it('finds more orders than open keys explain: I2', () =>
    expect(failed(SOUND, { orders: [...facts.orders, stream('o4', 'placed')] })).toEqual(['I2']));

  it('takes no notice of orders of others', () => {
    const others = { ...stream('o4', 'placed'), userId: 'bob' };
    expect(failed(SOUND, { orders: [...facts.orders, others] })).toEqual([]);
  });

  it('finds an end that did not stay: I3', () => {
    const orders = [stream('o1', 'placed', 'rejected', 'confirmed')];
    const told = [place('k1', accepted('o1')), look('o1', 2, 'rejected'), look('o1', 3, 'confirmed')];
    expect(failed(told, { orders })).toEqual(['I3']);
  });

  it('finds a read that the stream does not have: I10', () => {
    expect(planted(look('o1', 7, 'refunded'))).toEqual(['I10']);
    expect(planted(look('o2', 3, 'confirmed'))).toEqual(['I10']);
  });

  it('finds a read that goes back: I14', () => {
    expect(planted(look('o1', 3, 'payment-authorised'))).toContain('I14');
    expect(planted(['read', 'o1', { user: 'ann' }, ['fail', { status: 404 }]])).toEqual(['I14']);
  });

  it('allows reads that overlap any order', () => {
    const edges = record(place('k1', accepted('o1')), look('o1', 6, 'confirmed'), look('o1', 2, 'stock-reserved'));
    const [first, second, ...reads] = edges;
    const [newBegan, newEnded, oldBegan, oldEnded] = reads;
    const overlapping = [first, second, newBegan, oldBegan, newEnded, oldEnded].map((edge, index) => ({
      ...(edge as Edge),
      index,
    }));
    const orders = [stream('o1', ...PAID)];
    expect(checkHistory(overlapping, { orders }).flatMap(({ differences }) => differences)).toEqual([]);
    expect(checkHistory(edges, { orders }).flatMap(({ differences }) => differences)).not.toEqual([]);
  });

  it('finds an order at another price than the accepted one: I16', () => {
    const orders = facts.orders.map((order) => ({ ...order, total: 251 }));
    expect(failed(SOUND, { orders })).toEqual(['I16']);
  });

  it('finds another answer to the same key: I15', () => {
    expect(planted(place('k1', ['ok', { status: 200, orderId: 'o1' }]))).toEqual(['I15']);
    expect(planted(place('k1', ['fail', { status: 400, code: 'bad-request' }]))).toEqual(['I15']);
    expect(planted(place('k1', accepted('o1'), { lines: [] }))).toEqual(['I15']);
    expect(planted(place('k1', ['fail', { status: 429 }]))).toEqual([]);
  });

  const compared = (told: Told[]) =>
    Object.fromEntries(checkHistory(record(...told), facts).map(({ id, compared: text }) => [id, text]));

  it('says of each check how much there was to compare', () =>
    expect(compared(SOUND)).toEqual({
      I1: '3 orders and wishes that were accepted',
      I2: '4 keys',
      I3: '0 looks after an end',
      I10: '2 looks',
      I14: '1 looks after another',
      I15: '2 repeats',
      I16: '3 orders with a price',
    }));

  it('has compared nothing where each order was seen once and no key was asked again', () => {
    const checks = checkHistory(record(place('k1', accepted('o1')), look('o1', 6, 'confirmed')), facts);
    expect(checks.filter(isEmpty).map(({ id }) => id)).toEqual(['I3', 'I14', 'I15']);
  });

  it('has something to compare in each where an order was seen twice at its end, and its key asked again', () => {
    const seen = look('o1', 6, 'confirmed');
    const checks = checkHistory(record(place('k1', accepted('o1')), seen, place('k1', accepted('o1')), seen), facts);
    expect(checks.filter(isEmpty)).toEqual([]);
  });

  it('does not count a repeat that was put off, nor one that was refused before the key was accepted', () => {
    const refused = place('k1', ['fail', { status: 409, code: 'price-changed' }]);
    const putOff = place('k1', ['fail', { status: 429 }]);
    expect(compared([refused, place('k1', accepted('o1')), putOff, place('k1', ['info'])])['I15']).toBe('0 repeats');
  });
});
