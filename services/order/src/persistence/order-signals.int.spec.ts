import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase, waitFor } from '@souk/testing';
import { OrderSignals } from './order-signals.js';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase('order_signals', join(import.meta.dirname, '../../migrations'));
});
afterAll(() => db.drop());

const ORDER = 'an-order';
const NEVER = 60_000;
const LISTENERS = `from pg_stat_activity where datname = current_database() and query = 'listen souk_orders'`;
const listens = (count = 1) =>
  waitFor(async () => (await db.pool.query(`select ${LISTENERS}`)).rowCount === count, {
    timeoutMs: 5_000,
    what: 'the listener',
  });
/** Milliseconds until the wait ended. */
const took = async (wait: Promise<void>): Promise<number> => {
  const started = performance.now();
  await wait;
  return performance.now() - started;
};

describe('the signals of orders', () => {
  it('wake who waits in this process and in another, also after the connection between them was lost', async () => {
    const [here, there] = [new OrderSignals(db.pool), new OrderSignals(db.pool)];
    there.start();
    await listens();
    for (let round = 0; round < 2; round++) {
      const waits = [here, there].map((signals) => took(signals.wait(ORDER, NEVER)));
      here.changed(['another', ORDER]);
      for (const ms of await Promise.all(waits)) expect(ms).toBeLessThan(2_000);
      if (round === 1) break;
      await db.pool.query(`select pg_terminate_backend(pid) ${LISTENERS}`);
      await sleep(300);
      await listens();
    }
    there.stop();
  }, 20_000);

  it('tell of more orders than one NOTIFY can hold', async () => {
    const [here, there] = [new OrderSignals(db.pool), new OrderSignals(db.pool)];
    there.start();
    await listens();
    const ids = Array.from({ length: 450 }, (_, n) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`);
    const waits = ids.map((id) => there.wait(id, 5_000));
    here.changed(ids);
    expect(await took(Promise.all(waits).then(() => undefined))).toBeLessThan(2_000);
    there.stop();
  });

  it('end every wait at the stop, and hold nobody up afterwards', async () => {
    const signals = new OrderSignals(db.pool);
    const wait = took(signals.wait(ORDER, NEVER));
    signals.stop();
    expect(await wait).toBeLessThan(1_000);
    expect(await took(signals.wait(ORDER, NEVER))).toBeLessThan(1_000);
  });

  it('end a wait that nobody needs any more', async () => {
    const abort = new AbortController();
    const wait = took(new OrderSignals(db.pool).wait(ORDER, NEVER, abort.signal));
    abort.abort();
    expect(await wait).toBeLessThan(1_000);
  });

  it('can be stopped while the connection is lost', async () => {
    const signals = new OrderSignals(db.pool);
    signals.start();
    await listens();
    await db.pool.query(`select pg_terminate_backend(pid) ${LISTENERS}`);
    await listens(0);
    await sleep(50);
    expect(() => signals.stop()).not.toThrow();
  });
});
