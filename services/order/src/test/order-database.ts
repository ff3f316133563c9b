import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type PlaceOrder as PlaceOrderBody, TEST_TOKENS } from '@souk/contracts';
import { SqlFence } from '@souk/election';
import { Signal, withTransaction } from '@souk/outbox';
import { createTestDatabase, type TestDatabase } from '@souk/testing';
import { v7 as uuidv7 } from 'uuid';
import { OrderSignals } from '../persistence/order-signals.js';
import { OrderStore, type OrderStoreSettings } from '../persistence/order-store.js';
import { copyProducts } from '../persistence/product-copies.js';
import { RemoteCalls } from '../persistence/remote-calls.js';
import { StoredSagaTimers } from '../persistence/saga-timers.js';
import { SUPERVISOR, Supervision } from '../persistence/supervision.js';
import { AfterCommit } from '../saga/after-commit.js';
import { AdvanceOrders } from '../use-cases/advance-orders.js';
import { AdvanceOverdue } from '../use-cases/advance-overdue.js';
import { PlaceOrder } from '../use-cases/place-order.js';
import { details, EUR } from './order.mother.js';

export const OWNER = 'agent-1';
export const CLAIM_MS = 10_000;
/** Of the supervisor that is let in at the start. */
export const EPOCH = 1;
export const PRICE = EUR(2_500);

/** A database of its own with everything that stands on it directly; no broker, no payment. */
export async function openOrderDatabase(settings: Partial<OrderStoreSettings> = {}) {
  const database: TestDatabase = await createTestDatabase('order', join(import.meta.dirname, '../../migrations'));
  const { pool } = database;
  const now = () => new Date();
  const store = new OrderStore({ owner: OWNER, claimMs: CLAIM_MS, ...settings });
  const signals = new OrderSignals(pool);
  const wake = new Signal();
  const afterCommit = new AfterCommit({ committed: () => undefined }, wake, signals);
  const orders = new AdvanceOrders(pool, store, afterCommit, now);
  const supervision = new Supervision(pool);
  const timers = new StoredSagaTimers(pool);
  const overdue = new AdvanceOverdue({ timers, supervision, orders, now });
  await new SqlFence({ db: pool, name: SUPERVISOR, holder: OWNER }).raise({ epoch: EPOCH });
  const placeOrder = new PlaceOrder({
    pool,
    store,
    afterCommit,
    returnDays: () => 14,
    reservationTtlMs: 900_000,
    now,
    newId: uuidv7,
  });
  await withTransaction(pool, (tx) => copyProducts(tx, [aProduct('TEAPOT', 1), aProduct('CUP', 1)]));
  const rows = async <R>(sql: string, ...values: unknown[]) => (await pool.query(sql, values)).rows as R[];
  const close = async () => {
    signals.stop();
    // NOTIFY is sent in the background; give it its turn before the pool goes.
    await sleep(50);
    await database.drop();
  };
  const calls = new RemoteCalls(pool, OWNER);
  return { pool, store, signals, wake, orders, placeOrder, calls, supervision, timers, overdue, rows, close };
}

export type OrderDatabase = Awaited<ReturnType<typeof openOrderDatabase>>;

export const aProduct = (sku: string, version: number, amount = PRICE.amount) => ({
  productId: uuidv7(),
  sku,
  name: `A ${sku}`,
  description: '',
  category: 'Tea',
  price: EUR(amount),
  status: 'active' as const,
  version,
  updatedAt: '2026-01-01T12:00:00.000Z',
});

export const aRequest = (overrides: Partial<PlaceOrderBody> = {}): PlaceOrderBody => ({
  lines: [{ sku: 'TEAPOT', quantity: 1 }],
  expectedTotal: PRICE,
  address: details().address,
  paymentMethod: { type: 'card', token: TEST_TOKENS.ok },
  ...overrides,
});
