import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type PgTx, withTransaction } from '@souk/outbox';
import type { QueryConfig } from 'pg';
import { orderNo } from '../test/inventory.mother.js';
import { inMinutes, InventoryDatabase } from '../test/inventory-database.js';
import { reserveStock } from '../use-cases/reserve-stock.js';
import { PgStockBooks } from './pg-stock-books.js';
import { readThenWrite } from './pg-stock-books.naive.js';
import type { StockBooks } from './stock-books.js';

let db: InventoryDatabase;

beforeAll(async () => {
  db = await InventoryDatabase.create('inventory_naive');
});
afterAll(() => db?.drop());

/** Connections of the pool remember the statements of the sound books by their names. */
const unnamed = (tx: PgTx): PgTx => ({
  query: (({ text, values }: QueryConfig) => tx.query(text, values)) as PgTx['query'],
});

/** Two transactions reserve 2 and 3 of 10; the second begins when the first has written and not committed. */
async function overlapping(books: StockBooks, sku: string): Promise<void> {
  await db.receive(sku, [{ sku, quantity: 10 }]);
  const take = (tx: PgTx, order: number, quantity: number) => {
    const command = { orderId: orderNo(order), lines: [{ sku, quantity }], expiresAt: inMinutes(15) };
    return books.update(unnamed(tx), { orderIds: [command.orderId], skus: [sku] }, async (book) => {
      reserveStock(book, [command]);
      return [];
    });
  };
  let second: Promise<void> | undefined;
  await withTransaction(db.pool, async (tx) => {
    await take(tx, 1, 2);
    second = withTransaction(db.pool, (other) => take(other, 2, 3));
    const waits = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
    while ((await db.pool.query(waits)).rowCount === 0);
  });
  await second;
}

describe('two transactions over the same stock', () => {
  it('take one after the other', async () => {
    await overlapping(new PgStockBooks(), 'LOCKED');
    expect(await db.level('LOCKED')).toEqual({ available: 5, reserved: 5, committed: 0 });
    expect(await db.unbalanced()).toEqual([]);
  });

  it('promise the same units twice without the lock: stock-read-then-write', async () => {
    await overlapping(new PgStockBooks(readThenWrite), 'OPEN');
    expect(await db.level('OPEN')).toEqual({ available: 7, reserved: 3, committed: 0 });
    expect(await db.unbalanced()).toMatchObject([{ sku: 'OPEN', live_reservations: 5, ok: false }]);
  });
});
