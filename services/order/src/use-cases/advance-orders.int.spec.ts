import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { aRequest, type OrderDatabase, openOrderDatabase } from '../test/order-database.js';

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
         state = replace(state::text, (state->'steps'->'reserve-stock'->>'due'), '1')::json`,
    );
    await db.pool.query('update order_events set schema_version = 99 where order_id = $1', [broken]);

    await expect(db.orders.advanceOverdue()).rejects.toThrow(broken);

    const sent = await db.rows(
      `select key from outbox where headers->>'ce_type' = 'reserve-stock.v1' group by key having count(*) = 2`,
    );
    expect(new Set(sent.map((row) => (row as { key: string }).key))).toEqual(new Set(healthy));
    expect(await db.orders.advanceOverdue()).toBe(0);
  });
});
