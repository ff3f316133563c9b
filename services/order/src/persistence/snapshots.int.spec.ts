import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Reply } from '@souk/saga';
import { v7 as uuidv7 } from 'uuid';
import { EVOLVE_VERSION, fold, type OrderStatus } from '../domain/order.js';
import { answered, type OrderStep, returned, shipped } from '../saga/order-process.js';
import { aRequest, CLAIM_MS, type OrderDatabase, openOrderDatabase, OWNER } from '../test/order-database.js';
import { PAYMENT_ID } from '../test/order.mother.js';
import { OrderStore } from './order-store.js';
import { fromStored } from './stored-event.js';

const EVERY = 3;
const cause = { correlationId: 'a-correlation', causationId: 'a-cause', actor: 'service/inventory' };
const lines = ['TEAPOT'];

/** The whole life of an order, with its version and status after each step. */
const LIFE: readonly [OrderStep, number, OrderStatus][] = [
  [answered({ type: 'stock.reserved.v1', parts: lines }), 2, 'stock-reserved'],
  [answered({ type: 'payment.authorised', result: PAYMENT_ID }), 3, 'payment-authorised'],
  [answered({ type: 'stock.reservation-committed.v1', parts: lines }), 4, 'stock-committed'],
  [answered({ type: 'payment.captured' }), 6, 'confirmed'],
  [shipped, 7, 'shipped'],
  [returned, 8, 'return-requested'],
  [answered({ type: 'payment.refunded' }), 9, 'return-requested'],
  [answered({ type: 'stock.returned.v1', parts: lines }), 11, 'refunded'],
];

let db: OrderDatabase;
beforeAll(async () => {
  db = await openOrderDatabase({ snapshotEvery: () => EVERY });
});
afterAll(() => db?.close());

async function aPlacedOrder(): Promise<string> {
  const command = { userId: 'alice', idempotencyKey: uuidv7(), body: aRequest() };
  const { body } = await db.placeOrder.execute(command);
  return body.orderId;
}

const advance = (orderId: string, step: OrderStep) => db.orders.one({ orderId, step, cause });
const snapshotOf = async (orderId: string) =>
  (
    await db.rows<{ version: number; evolve_version: number; state: object }>(
      'select version, evolve_version, state from order_snapshots where order_id = $1',
      orderId,
    )
  )[0];
const all = async (orderId: string) => fold((await db.store.facts(db.pool, orderId)).map(fromStored));

describe('ES-4: snapshots', () => {
  it('come every n events, and orders are the same with and without them, reading n + 1 rows at most', async () => {
    const orderId = await aPlacedOrder();
    const seen: [number, number | undefined][] = [];
    for (const [step, version, status] of LIFE) {
      await advance(orderId, step);
      const stored = await db.store.read(db.pool, orderId);
      expect(stored).toEqual({ version, order: await all(orderId) });
      expect(stored?.order.status).toBe(status);
      seen.push([version, (await snapshotOf(orderId))?.version]);
    }
    expect(seen).toEqual([
      [2, undefined],
      [3, 3],
      [4, 3],
      [6, 6],
      [7, 6],
      [8, 6],
      [9, 9],
      [11, 9],
    ]);
    // One row for the snapshot itself.
    for (const [version, from = 0] of seen) expect(version - from + 1).toBeLessThanOrEqual(EVERY + 1);
  });

  it('are what is read: a wrong one would be believed', async () => {
    const orderId = await aPlacedOrder();
    for (const [step] of LIFE.slice(0, 2)) await advance(orderId, step);
    await db.rows(
      `update order_snapshots set state = (state::jsonb || '{"userId":"mallory"}')::json where order_id = $1`,
      orderId,
    );
    expect((await db.store.read(db.pool, orderId))?.order.userId).toBe('mallory');
    await advance(orderId, LIFE[2]?.[0] ?? shipped);
    expect((await all(orderId))?.userId).toBe('alice');
  });

  it('of another fold are passed over, and replaced by the next', async () => {
    const orderId = await aPlacedOrder();
    for (const [step] of LIFE.slice(0, 2)) await advance(orderId, step);
    await db.rows(
      `update order_snapshots set evolve_version = $2, state = '{"nonsense":true}' where order_id = $1`,
      orderId,
      EVOLVE_VERSION + 1,
    );
    for (const [step, version, status] of LIFE.slice(2, 4)) {
      await advance(orderId, step);
      expect(await db.store.read(db.pool, orderId)).toMatchObject({ version, order: { status } });
    }
    expect(await snapshotOf(orderId)).toMatchObject({ version: 6, evolve_version: EVOLVE_VERSION });
  });

  it('are nothing but speed: without any, nothing changes', async () => {
    const orderId = await aPlacedOrder();
    for (const [step] of LIFE.slice(0, 4)) await advance(orderId, step);
    const before = await db.store.read(db.pool, orderId);
    await db.rows('delete from order_snapshots');
    expect(await db.store.read(db.pool, orderId)).toEqual(before);
  });

  it('are not taken by one who does not count that far', async () => {
    const orderId = await aPlacedOrder();
    const patient = new OrderStore({ owner: OWNER, claimMs: CLAIM_MS });
    const client = await db.pool.connect();
    try {
      for (const [step] of LIFE.slice(0, 4)) await patient.advance(client, [{ orderId, step, cause }], new Date());
    } finally {
      client.release();
    }
    expect(await snapshotOf(orderId)).toBeUndefined();
  });
});

describe('what is known of an event', () => {
  it('ES-7, ES-13: who caused it, the request it goes back to and the message behind it', async () => {
    const orderId = await aPlacedOrder();
    const refused: Reply = { type: 'stock.reservation-rejected.v1', parts: lines, reason: 'out-of-stock' };
    await advance(orderId, answered(refused));
    expect(await db.store.facts(db.pool, orderId)).toMatchObject([
      { version: 1, type: 'placed', actor: 'user/alice' },
      { version: 2, type: 'rejected', actor: cause.actor, correlation_id: 'a-correlation', causation_id: 'a-cause' },
    ]);
  });

  it('is its own, also when steps of several are written together', async () => {
    const orderId = await aPlacedOrder();
    const steps = LIFE.slice(0, 2).map(([step], i) => ({ orderId, step, cause: { actor: `service/${i}` } }));
    const client = await db.pool.connect();
    await db.store.advance(client, steps, new Date()).finally(() => client.release());
    const facts = await db.store.facts(db.pool, orderId);
    expect(facts.map(({ actor }) => actor)).toEqual(['user/alice', 'service/0', 'service/1']);
  });
});
