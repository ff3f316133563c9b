import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { loadConfig } from '@souk/config';
import { TEST_TOKENS } from '@souk/contracts';
import { createApp } from '@souk/service-kit';
import { createTestDatabase, type TestDatabase } from '@souk/testing';
import { paymentEnv } from './config.js';
import { paymentModule } from './payment.module.js';

const calm = { declinePercent: 0, latencyMs: 0, errorPercent: 0 };
const anOrder = (token: string = TEST_TOKENS.ok) => ({
  orderId: randomUUID(),
  amount: { amount: 4_990, currency: 'EUR' },
  method: { type: 'card', token },
});

describe('payment simulator', () => {
  let db: TestDatabase;
  let app: NestFastifyApplication;
  let dice: number[] = [];

  beforeAll(async () => {
    db = await createTestDatabase('payment', join(import.meta.dirname, '../migrations'));
    const config = loadConfig(paymentEnv, {
      HTTP_PORT: '0',
      MANAGEMENT_PORT: '0',
      DATABASE_URL: db.url,
      LOG_LEVEL: 'silent',
    });
    app = await createApp(paymentModule(config, { random: () => dice.shift() ?? 0.99 }), config);
    await app.init();
  });
  afterAll(async () => {
    await app.close();
    await db.drop();
  });
  afterEach(async () => {
    dice = [];
    await app.inject({ method: 'PUT', url: '/knobs', payload: calm });
  });

  const post = (url: string, payload: object, key: string | undefined = randomUUID()) =>
    app.inject({ method: 'POST', url, payload, ...(key && { headers: { 'idempotency-key': key } }) });
  const knobs = (change: object) => app.inject({ method: 'PUT', url: '/knobs', payload: { ...calm, ...change } });
  const authorised = async (order = anOrder()): Promise<string> =>
    (await post('/payments/authorise', order)).json().paymentId;
  const ledgerOf = async (paymentId: string): Promise<string[]> => {
    const { rows } = await db.pool.query(
      'select kind, debit, credit, amount from ledger where payment_id = $1 order by id',
      [paymentId],
    );
    return rows.map((row) => `${row.kind} ${row.amount} ${row.debit}→${row.credit}`);
  };
  const paymentsOf = async (orderId: string): Promise<{ status: string }[]> =>
    (await app.inject(`/payments?orderId=${orderId}`)).json().items;

  it('authorises, captures and refunds, with one booking each', async () => {
    const order = anOrder();
    const answer = await post('/payments/authorise', order);
    expect([answer.statusCode, answer.json()]).toEqual([
      201,
      { paymentId: expect.any(String), orderId: order.orderId, amount: order.amount, status: 'authorised' },
    ]);
    const { paymentId } = answer.json();
    const captured = await post(`/payments/${paymentId}/capture`, {});
    expect([captured.statusCode, captured.json().status]).toEqual([200, 'captured']);
    expect((await post(`/payments/${paymentId}/refund`, {})).json().status).toBe('refunded');
    expect(await ledgerOf(paymentId)).toEqual([
      'authorise 4990 customer→hold',
      'capture 4990 hold→shop',
      'refund 4990 shop→customer',
    ]);
  });

  it('voids an authorisation', async () => {
    const paymentId = await authorised();
    expect((await post(`/payments/${paymentId}/void`, {})).json().status).toBe('voided');
    expect(await ledgerOf(paymentId)).toEqual(['authorise 4990 customer→hold', 'void 4990 hold→customer']);
  });

  it('declines with 201 and books nothing', async () => {
    const answer = await post('/payments/authorise', anOrder(TEST_TOKENS.declined));
    expect([answer.statusCode, answer.json().status]).toEqual([201, 'declined']);
    expect(await ledgerOf(answer.json().paymentId)).toEqual([]);
  });

  it('gives the same answer to the same key and body, and moves the money once', async () => {
    const [order, key] = [anOrder(), randomUUID()];
    const [first, second] = [
      await post('/payments/authorise', order, key),
      await post('/payments/authorise', order, key),
    ];
    expect([second.statusCode, second.json()]).toEqual([first.statusCode, first.json()]);
    expect(await paymentsOf(order.orderId)).toHaveLength(1);
  });

  it('lets one of two wishes that race have the money, never both', async () => {
    for (let round = 0; round < 10; round++) {
      const paymentId = await authorised();
      const wishes = ['capture', 'void'].map((verb) => post(`/payments/${paymentId}/${verb}`, {}));
      const statuses = (await Promise.all(wishes)).map(({ statusCode }) => statusCode);
      expect(statuses.toSorted()).toEqual([200, 409]);
      expect(await ledgerOf(paymentId)).toHaveLength(2);
    }
  });

  it('refuses a key that was used for another request', async () => {
    const [paymentId, key] = [await authorised(), randomUUID()];
    await post(`/payments/${paymentId}/capture`, {}, key);
    const other = await post(`/payments/${paymentId}/refund`, {}, key);
    expect([other.statusCode, other.json().code]).toEqual([422, 'idempotency-key-reused']);
    expect(await ledgerOf(paymentId)).toHaveLength(2);
  });

  it('refuses a key whose first request is still running, then answers it', async () => {
    await knobs({ latencyMs: 1_000 });
    const [order, key] = [anOrder(), randomUUID()];
    const first = post('/payments/authorise', order, key);
    await new Promise((resolve) => setTimeout(resolve, 30));
    const second = await post('/payments/authorise', order, key);
    expect([second.statusCode, second.json().code, second.headers['retry-after']]).toEqual([
      409,
      'idempotency-key-in-flight',
      '1',
    ]);
    expect((await first).statusCode).toBe(201);
    expect((await post('/payments/authorise', order, key)).json()).toEqual((await first).json());
  });

  it('lets 20 simultaneous repeats of one wish move the money once', async () => {
    const paymentId = await authorised();
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(`/payments/${paymentId}/capture`, {})));
    expect(answers.map((answer) => answer.statusCode)).toEqual(Array(20).fill(200));
    expect(await ledgerOf(paymentId)).toHaveLength(2);
  });

  it.each(['capture', 'void'])('takes a repeated %s under a new key as done', async (kind) => {
    const paymentId = await authorised();
    const [first, second] = [
      await post(`/payments/${paymentId}/${kind}`, {}),
      await post(`/payments/${paymentId}/${kind}`, {}),
    ];
    expect([second.statusCode, second.json()]).toEqual([200, first.json()]);
    expect(await ledgerOf(paymentId)).toHaveLength(2);
  });

  it.each([
    ['capture', 'void'],
    ['void', 'capture'],
    ['void', 'refund'],
  ])('refuses after a %s the %s', async (done, wish) => {
    const paymentId = await authorised();
    await post(`/payments/${paymentId}/${done}`, {});
    const answer = await post(`/payments/${paymentId}/${wish}`, {});
    expect([answer.statusCode, answer.json().code]).toEqual([409, 'payment-state']);
  });

  it.each([
    [
      'no key',
      400,
      'idempotency-key-missing',
      () => app.inject({ method: 'POST', url: '/payments/authorise', payload: anOrder() }),
    ],
    ['a wrong key', 400, 'idempotency-key-invalid', () => post('/payments/authorise', anOrder(), 'k'.repeat(300))],
    [
      'a negative amount',
      400,
      'validation-failed',
      () => post('/payments/authorise', { ...anOrder(), amount: { amount: -1, currency: 'EUR' } }),
    ],
    ['an unknown field', 400, 'validation-failed', () => post('/payments/authorise', { ...anOrder(), card: '4242' })],
    ['an unknown payment', 404, 'payment-not-found', () => post(`/payments/${randomUUID()}/capture`, {})],
    ['what cannot be an id', 404, 'payment-not-found', () => post('/payments/nope/capture', {})],
    ['an unknown move', 400, 'validation-failed', () => post(`/payments/${randomUUID()}/steal`, {})],
    ['a partial capture', 400, 'validation-failed', () => post(`/payments/${randomUUID()}/capture`, { amount: 1 })],
    ['a wrong knob', 400, 'validation-failed', () => knobs({ declinePercent: 101 })],
  ])('refuses %s with %i %s and stores nothing', async (_what, status, code, send) => {
    const count = async () => (await db.pool.query('select count(*) from payments')).rows[0].count;
    const before = await count();
    const answer = await send();
    expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
    expect(await count()).toBe(before);
  });

  it('declines as often as the knob says', async () => {
    await knobs({ declinePercent: 30 });
    dice = [0, 0.29, 0, 0.31];
    const statuses = [
      (await post('/payments/authorise', anOrder())).json().status,
      (await post('/payments/authorise', anOrder())).json().status,
    ];
    expect(statuses).toEqual(['declined', 'authorised']);
  });

  it.each([
    ['before the effect', 0.6, 0],
    ['after the effect, whose answer is lost', 0.4, 1],
  ])('fails %s', async (_when, lost, payments) => {
    await knobs({ errorPercent: 50 });
    const [order, key] = [anOrder(), randomUUID()];
    dice = [0.1, lost];
    const failed = await post('/payments/authorise', order, key);
    expect([failed.statusCode, failed.json().code]).toEqual([503, 'payment-unavailable']);
    expect(await paymentsOf(order.orderId)).toHaveLength(payments);
    const again = await post('/payments/authorise', order, key);
    expect([again.statusCode, again.json().status]).toEqual([201, 'authorised']);
    expect(await paymentsOf(order.orderId)).toHaveLength(1);
  });

  it('sums the ledger for an audit, page by page', async () => {
    const order = anOrder();
    const paymentId = await authorised(order);
    await post(`/payments/${paymentId}/capture`, {});
    const rows: { orderId: string; captured: number }[] = [];
    let next: string | undefined;
    let total = 0;
    do {
      const page = (await app.inject(`/ledger/summary?limit=3${next ? `&after=${next}` : ''}`)).json();
      rows.push(...page.byOrder);
      ({ next, captured: total } = page);
    } while (next !== undefined);
    expect(rows).toContainEqual({
      orderId: order.orderId,
      currency: 'EUR',
      captured: 4_990,
      refunded: 0,
      authorisedOpen: 0,
    });
    expect(rows.reduce((sum, row) => sum + row.captured, 0)).toBe(total);
    expect(new Set(rows.map((row) => row.orderId)).size).toBe(rows.length);
  });

  it('shows an order of two currencies whole, wherever a page ends', async () => {
    const order = anOrder();
    await authorised(order);
    const dollars = { ...order, amount: { ...order.amount, currency: 'USD' } };
    expect((await post('/payments/authorise', dollars, randomUUID())).statusCode).toBe(201);
    const before = `${order.orderId.slice(0, -12)}000000000000`;
    const { byOrder, next } = (await app.inject(`/ledger/summary?limit=1&after=${before}`)).json();
    const currencies = byOrder.map(({ currency }: { currency: string }) => currency);
    expect([currencies.sort(), next]).toEqual([['EUR', 'USD'], order.orderId]);
  });

  it('refuses production mode', () => {
    const env = { HTTP_PORT: '0', MANAGEMENT_PORT: '0', DATABASE_URL: db.url, SOUK_MODE: 'production' };
    expect(() => loadConfig(paymentEnv, env)).toThrow('SOUK_MODE: the payment simulator never runs in production mode');
  });
});
