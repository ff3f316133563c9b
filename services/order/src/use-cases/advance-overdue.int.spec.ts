import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import type { SagaTimers } from '../persistence/saga-timers.js';
import { MemorySagaTimers } from '../persistence/saga-timers.naive.js';
import { Deposed } from '../persistence/supervision.js';
import { aRequest, EPOCH, type OrderDatabase, openOrderDatabase } from '../test/order-database.js';

let db: OrderDatabase;
beforeAll(async () => {
  db = await openOrderDatabase();
});
afterAll(() => db.close());

const aPlacedOrder = async (): Promise<string> => {
  const answer = await db.placeOrder.execute({ userId: 'alice', idempotencyKey: uuidv7(), body: aRequest() });
  return (answer.body as { orderId: string }).orderId;
};

describe('overdue sagas', () => {
  it('go on although one of them cannot be read; that one is put off, named, and left as it was', async () => {
    const [broken, ...healthy] = [await aPlacedOrder(), await aPlacedOrder(), await aPlacedOrder()];
    await db.pool.query(
      `update sagas set due_at = now() - interval '1 s',
         state = replace(state::text, (state->'steps'->'reserve-stock'->>'due'), '1')::json
       where order_id = any($1)`,
      [[broken, ...healthy]],
    );
    await db.pool.query('update order_events set schema_version = 99 where order_id = $1', [broken]);

    await expect(db.overdue.execute(EPOCH)).rejects.toThrow(broken);

    const sent = await db.rows(
      `select key from outbox where headers->>'ce_type' = 'reserve-stock.v1' group by key having count(*) = 2`,
    );
    expect(new Set(sent.map((row) => (row as { key: string }).key))).toEqual(new Set(healthy));
    expect(await db.overdue.execute(EPOCH)).toBe(0);
    expect(await db.rows('select order_id from sagas where stuck_cause is not null')).toEqual([{ order_id: broken }]);
  });

  it('come one after the other, the longest overdue first, and those that are put off do not', async () => {
    const [first, second] = [await aPlacedOrder(), await aPlacedOrder()];
    const later = new Date(Date.now() + 31_000);
    const ids = async () => (await db.timers.due(later, 1_000)).map(({ orderId }) => orderId);
    expect((await db.timers.due(new Date(), 1_000)).map(({ orderId }) => orderId)).not.toContain(first);
    const due = await ids();
    expect(due.indexOf(first)).toBeLessThan(due.indexOf(second));
    const until = new Date(later.getTime() + 60_000);
    await db.supervision.postpone(EPOCH, [{ orderId: first, cause: 'no way' }], until);
    const left = await ids();
    expect([left.includes(first), left.includes(second)]).toEqual([false, true]);
  });

  it('LDR-2: are not moved by a leader that is deposed', async () => {
    const orderId = await aPlacedOrder();
    const state = () => db.rows('select due_at, state::text from sagas where order_id = $1', orderId);
    await db.pool.query(
      `update sagas set due_at = now() - interval '1 s',
         state = replace(state::text, (state->'steps'->'reserve-stock'->>'due'), '1')::json where order_id = $1`,
      [orderId],
    );
    const before = await state();
    await expect(db.overdue.execute(EPOCH - 1)).rejects.toThrow(Deposed);
    expect(await state()).toEqual(before);
    expect(await db.overdue.execute(EPOCH)).toBe(1);
    expect(await state()).not.toEqual(before);
  });

  it('with their deadlines in memory (saga-no-timers) are found by nobody after the end of the process', async () => {
    const orderId = await aPlacedOrder();
    const later = new Date(Date.now() + 31_000);
    const ids = async (timers: SagaTimers) => (await timers.due(later, 1_000)).map((due) => due.orderId);
    const dead = new MemorySagaTimers(db.pool);
    await dead.due(new Date(), 1_000);
    expect(await ids(dead)).toContain(orderId);
    expect(await ids(new MemorySagaTimers(db.pool))).not.toContain(orderId);
    expect(await ids(db.timers)).not.toContain(orderId);
  });
});
