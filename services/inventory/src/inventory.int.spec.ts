import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { topics } from '@souk/contracts';
import type { OutgoingMessage } from '@souk/outbox';
import { waitFor } from '@souk/testing';
import { createTestApp, type TestApp } from './test/inventory-app.js';
import { inMinutes, InventoryDatabase } from './test/inventory-database.js';
import { orderNo } from './test/inventory.mother.js';

let db: InventoryDatabase;
let service: TestApp;
let sent = 0;

beforeAll(async () => {
  db = await InventoryDatabase.create('inventory_service');
  service = await createTestApp(db.url);
});
afterAll(async () => {
  await service?.close();
  await db?.drop();
});

const post = async (payload: unknown, headers: Record<string, string>) =>
  service.app.inject({ method: 'POST', url: '/admin/stock/receipts', headers, payload: payload as object });
const receive = async (receiptId: string, sku: string, quantity: number) =>
  post({ receiptId, lines: [{ sku, quantity }] }, await service.as('ann', 'admin'));
const stockOf = async (sku: string) =>
  service.app.inject({ url: `/stock/${sku}`, headers: await service.as('anonymous') });

const message = (topic: { name: string }, type: string, orderId: string, data: object): OutgoingMessage => ({
  topic,
  key: orderId,
  type,
  data,
  id: `message-${++sent}`,
  time: new Date(),
  correlationId: `correlation-${orderId}`,
});
const command = (type: string, orderId: string, sku: string, quantity = 1): OutgoingMessage =>
  message(topics.inventoryCommands, type, orderId, {
    orderId,
    lines: [{ sku, quantity }],
    ...(type === 'reserve-stock.v1' ? { expiresAt: inMinutes(15).toISOString() } : {}),
  });
const relayed = (key: string, type: string) =>
  waitFor(() => service.kafka.produced.find((record) => record.key === key && record.headers['ce_type'] === type), {
    what: `${type} of ${key}`,
  });

const cancelled = (orderId: string, sku: string, stock: boolean): OutgoingMessage =>
  undone('cancelled', orderId, sku, stock);

const undone = (
  status: 'cancelled' | 'return-requested',
  orderId: string,
  sku: string,
  stock: boolean,
): OutgoingMessage => {
  const price = { amount: 100, currency: 'EUR' };
  return message(topics.orderEvents, `order.${status}.v1`, orderId, {
    orderId,
    userId: 'ann',
    status,
    version: 9,
    lines: [{ sku, name: 'Mug', quantity: 1, unitPrice: price }],
    total: price,
    address: { name: 'Ann', street: 'Road 1', city: 'Town', postalCode: '1', country: 'NL' },
    outstanding: { refund: true, stock },
    placedAt: '2030-06-01T12:00:00.000Z',
    updatedAt: '2030-06-01T12:00:00.000Z',
  });
};

describe('POST /admin/stock/receipts', () => {
  it('books a receipt once: 201, then 200, then 409 for other lines', async () => {
    const first = await receive('r-1', 'MUG-RED', 5);
    expect([first.statusCode, first.json()]).toEqual([
      201,
      { receiptId: 'r-1', alreadyReceived: false, lines: [{ sku: 'MUG-RED', available: 5 }] },
    ]);
    const again = await receive('r-1', 'MUG-RED', 5);
    expect([again.statusCode, again.json()]).toMatchObject([200, { alreadyReceived: true }]);
    const other = await receive('r-1', 'MUG-RED', 6);
    expect([other.statusCode, other.json()]).toMatchObject([409, { code: 'receipt-conflict' }]);
    expect((await stockOf('MUG-RED')).json()).toEqual({ sku: 'MUG-RED', available: 5, reserved: 0, committed: 0 });
    expect(JSON.parse((await relayed('MUG-RED', 'stock.received.v1')).value)).toMatchObject({
      quantity: 5,
      receiptId: 'r-1',
    });
  });

  it('is for admins: 403 for a customer, 401 without a token', async () => {
    const body = { receiptId: 'r-2', lines: [{ sku: 'MUG-BLUE', quantity: 5 }] };
    expect((await post(body, await service.as('bob', 'customer'))).statusCode).toBe(403);
    expect((await post(body, {})).statusCode).toBe(401);
    expect((await stockOf('MUG-BLUE')).statusCode).toBe(404);
  });

  it.each([
    ['no lines', { receiptId: 'bad', lines: [] }],
    ['a quantity of zero', { receiptId: 'bad', lines: [{ sku: 'MUG-RED', quantity: 0 }] }],
    ['a huge quantity', { receiptId: 'bad', lines: [{ sku: 'MUG-RED', quantity: 1e12 }] }],
    ['a wrong sku', { receiptId: 'bad', lines: [{ sku: "x'; drop table stock", quantity: 1 }] }],
    ['the same sku twice', { receiptId: 'bad', lines: [1, 2].map((quantity) => ({ sku: 'MUG-RED', quantity })) }],
    ['an unknown field', { receiptId: 'bad', lines: [{ sku: 'MUG-RED', quantity: 1 }], committed: 3 }],
  ])('refuses %s with 400 and stores nothing', async (_, body) => {
    const answer = await post(body, await service.as('ann', 'admin'));
    expect([answer.statusCode, answer.json()]).toMatchObject([400, { code: 'validation-failed' }]);
    expect((await db.pool.query(`select from receipts where receipt_id = 'bad'`)).rowCount).toBe(0);
  });
});

describe('GET /stock/:sku', () => {
  it('knows no sku that was never received', async () => {
    const answer = await stockOf('NO-SUCH');
    expect([answer.statusCode, answer.json()]).toMatchObject([404, { code: 'unknown-sku' }]);
  });

  it('knows nothing that cannot be a sku', async () => {
    const answer = await stockOf('no%20sku');
    expect([answer.statusCode, answer.json()]).toMatchObject([404, { code: 'unknown-sku' }]);
  });

  it('takes no query', async () => {
    const answer = await stockOf('NO-SUCH?x=1');
    expect([answer.statusCode, answer.json()]).toMatchObject([400, { errors: [{ path: 'x' }] }]);
  });
});

describe('GET /stock', () => {
  const levels = async (skus: string) =>
    service.app.inject({ url: `/stock?skus=${skus}`, headers: await service.as('anonymous') });

  it('AGG-13 answers for many at once; what was never received is left out', async () => {
    await receive('r-many-1', 'MANY-A', 5);
    await receive('r-many-2', 'MANY-B', 7);
    const answer = await levels('MANY-B,NO-SUCH,MANY-A');
    const level = (sku: string, available: number) => ({ sku, available, reserved: 0, committed: 0 });
    expect([answer.statusCode, answer.json()]).toEqual([200, { items: [level('MANY-A', 5), level('MANY-B', 7)] }]);
  });

  it.each([
    ['nothing', ''],
    ['what is no sku', 'a b'],
    ['an empty one among them', 'MANY-A,'],
    ['more than fifty', Array(51).fill('MANY-A').join()],
  ])('refuses to look for %s', async (_what, skus) => {
    const answer = await levels(skus);
    expect([answer.statusCode, answer.json()]).toMatchObject([400, { errors: [{ path: 'skus' }] }]);
  });
});

describe('messages', () => {
  it('a reserve command is answered with cause and correlation of the command', async () => {
    await receive('r-3', 'PEN', 5);
    const reserve = command('reserve-stock.v1', orderNo(1), 'PEN', 2);
    await service.kafka.deliver('/souk/order', reserve);
    const answer = await relayed(orderNo(1), 'stock.reserved.v1');
    expect(answer.headers).toMatchObject({
      ce_causationid: reserve.id,
      ce_correlationid: `correlation-${orderNo(1)}`,
      ce_source: '/souk/inventory',
    });
    expect(topics.inventoryReservations.messages['stock.reserved.v1'].safeParse(JSON.parse(answer.value)).success).toBe(
      true,
    );
    expect(JSON.parse((await relayed('PEN', 'stock.level-changed.v1')).value)).toEqual({ sku: 'PEN', available: 3 });
  });

  it('a cancelled order with stock outstanding gets its sold stock back, once', async () => {
    await receive('r-4', 'CUP', 1);
    const id = orderNo(2);
    await service.kafka.deliver(
      '/souk/order',
      command('reserve-stock.v1', id, 'CUP'),
      command('commit-reservation.v1', id, 'CUP'),
    );
    expect((await stockOf('CUP')).json()).toMatchObject({ available: 0, committed: 1 });
    await service.kafka.deliver('/souk/order', cancelled(id, 'CUP', false));
    expect((await stockOf('CUP')).json()).toMatchObject({ available: 0, committed: 1 });
    await service.kafka.deliver('/souk/order', cancelled(id, 'CUP', true));
    const returned = await relayed(id, 'stock.returned.v1');
    await service.kafka.deliver('/souk/order', cancelled(id, 'CUP', true), command('return-stock.v1', id, 'CUP'));
    const repeats = await waitFor(
      () => {
        const all = service.kafka.produced.filter((record) => record.headers['ce_type'] === 'stock.returned.v1');
        return all.length === 3 && all;
      },
      { what: 'the repeated answers' },
    );
    expect(new Set(repeats.map(({ value }) => String(value)))).toEqual(new Set([String(returned.value)]));
    expect(new Set(repeats.map(({ headers }) => headers['ce_id'])).size).toBe(3);
    expect((await stockOf('CUP')).json()).toEqual({ sku: 'CUP', available: 1, reserved: 0, committed: 0 });
  });

  it('an order that is sent back gets its sold stock back', async () => {
    await receive('r-8', 'JUG', 3);
    const id = orderNo(8);
    await service.kafka.deliver(
      '/souk/order',
      command('reserve-stock.v1', id, 'JUG', 2),
      command('commit-reservation.v1', id, 'JUG', 2),
    );
    await service.kafka.deliver('/souk/order', undone('return-requested', id, 'JUG', true));
    expect(JSON.parse((await relayed(id, 'stock.returned.v1')).value)).toMatchObject({
      lines: [{ sku: 'JUG', quantity: 2 }],
    });
    expect((await stockOf('JUG')).json()).toEqual({ sku: 'JUG', available: 3, reserved: 0, committed: 0 });
  });

  it('what does not undo an order passes unread: no inbox row, and no dead letter when it is broken', async () => {
    const [id, broken] = [orderNo(9), orderNo(10)];
    const confirmed = { ...undone('cancelled', id, 'MUG', true), type: 'order.confirmed.v1' };
    const unreadable = message(topics.orderEvents, 'order.placed.v1', broken, { broken: true });
    const undoing = cancelled(orderNo(11), 'MUG', false);
    await service.kafka.deliver('/souk/order', confirmed, unreadable, undoing);
    const received = [confirmed, unreadable, undoing].map((each) => each.id);
    const { rows } = await db.pool.query('select message_id from inbox where message_id = any($1)', [received]);
    expect(rows).toEqual([{ message_id: undoing.id }]);
    expect((await db.pool.query('select from parked_messages where key = $1', [broken])).rowCount).toBe(0);
  });

  it('the same message again is absorbed', async () => {
    await receive('r-5', 'BAG', 1);
    const reserve = command('reserve-stock.v1', orderNo(3), 'BAG');
    await service.kafka.deliver('/souk/order', reserve);
    await service.kafka.deliver('/souk/order', reserve);
    expect((await stockOf('BAG')).json()).toMatchObject({ available: 0, reserved: 1 });
  });

  it('a message that can never work becomes a dead letter with its cause; other orders go on', async () => {
    await receive('r-6', 'HAT', 1);
    await service.kafka.deliver(
      '/souk/order',
      command('return-stock.v1', orderNo(4), 'HAT'),
      command('reserve-stock.v1', orderNo(5), 'HAT'),
    );
    await relayed(orderNo(5), 'stock.reserved.v1');
    const { rows } = await db.pool.query('select key, cause from parked_messages where dead');
    expect(rows).toEqual([{ key: orderNo(4), cause: expect.stringContaining('has no reservation') }]);
  });

  it('the sweeper of the running service frees an overdue reservation', async () => {
    await receive('r-7', 'CAP', 1);
    await service.kafka.deliver('/souk/order', command('reserve-stock.v1', orderNo(6), 'CAP'));
    await db.pool.query('update reservations set expires_at = now() where order_id = $1', [orderNo(6)]);
    await relayed(orderNo(6), 'stock.reservation-expired.v1');
    expect((await stockOf('CAP')).json()).toMatchObject({ available: 1, reserved: 0 });
  });
});

describe('readiness', () => {
  it('asks the store, the topics and the consumer', async () => {
    expect(await service.health.report()).toMatchObject({
      ready: true,
      checks: { postgres: { ok: true }, topics: { ok: true }, kafka: { ok: true } },
    });
  });
});
