import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase, waitFor } from '@souk/testing';
import type pg from 'pg';
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
      for (const ms of await Promise.all(waits)) expect(ms).toBeLessThan(4_500);
      if (round === 1) break;
      await db.pool.query(`select pg_terminate_backend(pid) ${LISTENERS}`);
      await sleep(300);
      await listens();
    }
    there.stop();
  }, 20_000);

  it('give their connection back once, though PostgreSQL says its farewell on it afterwards', async () => {
    const released: unknown[] = [];
    const client = Object.assign(new EventEmitter(), {
      query: async () => undefined,
      release: (why: unknown) => void released.push(why),
    });
    const signals = new OrderSignals({ connect: async () => client } as unknown as pg.Pool);
    signals.start();
    await waitFor(() => client.listenerCount('error') === 1, { what: 'the listener' });
    signals.stop();
    client.emit('error', new Error('terminating connection due to administrator command'));
    expect(released).toEqual([true]);
  });

  it('listen on another connection when one refuses to', async () => {
    const clients: EventEmitter[] = [];
    const connect = async () => {
      const query = async () => {
        if (clients.length === 1) throw new Error('canceling statement due to user request');
      };
      clients.push(Object.assign(new EventEmitter(), { query, release: () => undefined }));
      return clients.at(-1);
    };
    const signals = new OrderSignals({ connect } as unknown as pg.Pool);
    signals.start();
    await waitFor(() => clients.length === 2, { what: 'the second connection' });
    signals.stop();
  });

  it('tell of more orders than one NOTIFY can hold', async () => {
    const [here, there] = [new OrderSignals(db.pool), new OrderSignals(db.pool)];
    there.start();
    await listens();
    const ids = Array.from({ length: 450 }, (_, n) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`);
    const waits = ids.map((id) => there.wait(id, 5_000));
    here.changed(ids);
    expect(await took(Promise.all(waits).then(() => undefined))).toBeLessThan(4_500);
    there.stop();
  });

  it('end every wait at the stop, and hold nobody up afterwards', async () => {
    const signals = new OrderSignals(db.pool);
    const wait = took(signals.wait(ORDER, NEVER));
    signals.stop();
    expect(await wait).toBeLessThan(4_500);
    expect(await took(signals.wait(ORDER, NEVER))).toBeLessThan(4_500);
  });

  it('end a wait that nobody needs any more', async () => {
    const abort = new AbortController();
    const wait = took(new OrderSignals(db.pool).wait(ORDER, NEVER, abort.signal));
    abort.abort();
    expect(await wait).toBeLessThan(4_500);
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
