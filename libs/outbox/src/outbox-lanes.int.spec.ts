import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase, waitFor } from '@souk/testing';
import pg from 'pg';
import { insertOutbox, laneOf } from './outbox.js';
import { LaneOutboxRelay } from './outbox-relay.js';
import {
  anEvent,
  drained,
  endSession,
  laneHolders,
  quiet,
  RecordingProducer,
  sent,
  shareSizes,
} from './test/outbox.mother.js';

/** A session that is idle counts as hung after 3 s, one that is busy after 15 s (outbox-lanes.ts). */
const [IDLE_MS, BUSY_MS] = [3_000, 15_000];
/** Only ends what hangs. */
const PATIENCE_MS = 20_000;

describe('outbox lanes on PostgreSQL', () => {
  let db: TestDatabase;
  let pools: pg.Pool[];
  let relays: LaneOutboxRelay[];
  let producers: RecordingProducer[];

  beforeAll(async () => {
    db = await createTestDatabase('lanes', join(import.meta.dirname, '../sql'));
  });
  afterAll(() => db.drop());
  beforeEach(async () => {
    await db.pool.query('truncate outbox, outbox_parked');
    [pools, relays, producers] = [[], [], []];
  });
  afterEach(async () => {
    await Promise.all(relays.map((relay) => relay.stop()));
    await Promise.all(pools.map((pool) => pool.end()));
  });

  /** A replica: a relay with a pool and a producer of its own. */
  async function replica(): Promise<LaneOutboxRelay> {
    const pool = new pg.Pool({ connectionString: db.url, max: 2 });
    pool.on('error', () => undefined);
    const producer = new RecordingProducer();
    const relay = new LaneOutboxRelay({ pool, producer, logger: quiet, pollMs: 50 });
    pools.push(pool);
    producers.push(producer);
    relays.push(relay);
    await relay.start();
    return relay;
  }

  const balanced = (sizes: readonly number[], timeoutMs = PATIENCE_MS) =>
    waitFor(async () => JSON.stringify(await shareSizes(db.pool)) === JSON.stringify(sizes), {
      timeoutMs,
      what: `shares of ${sizes.join(' + ')}`,
    });

  it('are spread over the relays that come, and close up when they go', async () => {
    await replica();
    await balanced([4]);
    await replica();
    await balanced([2, 2]);
    await replica();
    await balanced([2, 1, 1]);
    await relays.pop()?.stop();
    await balanced([2, 2]);
    await relays.pop()?.stop();
    await balanced([4]);
  }, 30_000);

  it('are handed over at once by a relay that stops', async () => {
    await replica();
    await replica();
    await balanced([2, 2]);
    const began = performance.now();
    await relays.pop()?.stop();
    await balanced([4]);
    // Those of one that goes without a word are taken from it later.
    expect(performance.now() - began).toBeLessThan(IDLE_MS);
  }, 30_000);

  it('move when the connection of a relay dies, and come back in part with its next one', async () => {
    for (let n = 0; n < 3; n++) await replica();
    await balanced([2, 1, 1]);
    const [victim = 0] = (await laneHolders(db.pool)).keys();
    await endSession(db.pool, victim);
    await waitFor(async () => !(await laneHolders(db.pool)).has(victim), { what: 'the end of it' });
    // Without waiting for anybody to count as hung.
    await balanced([2, 1, 1], BUSY_MS - 1_000);
  }, 30_000);

  it('are taken from a relay whose session says nothing, as of a process that is stopped or a machine that is gone', async () => {
    const silent = new pg.Client({ connectionString: db.url });
    silent.on('error', () => undefined);
    await silent.connect();
    // What a relay does when it joins and takes its share; then it is never heard of again, and its TCP connection stays.
    await silent.query('select pg_advisory_lock_shared($1, 32767)', [0x5011]);
    await silent.query('select pg_advisory_lock($1, lane) from generate_series(0, 3) as lane', [0x5011]);
    await replica();
    await insertOutbox(
      db.pool,
      ['a', 'b', 'c', 'd', 'e'].flatMap((key) => anEvent(key)),
    );
    await balanced([4], BUSY_MS - 1_000);
    await drained(db.pool);
    expect(producers[0]?.records).toHaveLength(5);
    await expect(silent.query('select 1')).rejects.toThrow();
  }, 30_000);

  it('are taken from a relay that is stuck in the middle of a statement', async () => {
    const stuck = new pg.Client({ connectionString: db.url });
    stuck.on('error', () => undefined);
    await stuck.connect();
    await stuck.query('select pg_advisory_lock_shared($1, 32767)', [0x5011]);
    await stuck.query('select pg_advisory_lock($1, lane) from generate_series(0, 3) as lane', [0x5011]);
    const ended = expect(stuck.query('select pg_sleep(60)')).rejects.toThrow();
    await replica();
    await balanced([4], BUSY_MS + PATIENCE_MS);
    await ended;
  }, 60_000);

  it('stay with a relay whose broker takes seconds to answer', async () => {
    await replica();
    await balanced([4]);
    const [holder] = (await laneHolders(db.pool)).keys();
    const { promise: answer, resolve } = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    for (const producer of producers) {
      producer.before = () => {
        asked.resolve();
        return answer;
      };
    }
    await insertOutbox(db.pool, anEvent('slow'));
    await asked.promise;
    await replica();
    // Longer than a silent session is left alone; the lanes of the second relay cannot come before the send has ended.
    await new Promise((done) => setTimeout(done, 4_000));
    expect([...(await laneHolders(db.pool)).keys()]).toEqual([holder]);
    resolve();
    await balanced([2, 2]);
    expect(producers.flatMap(({ values }) => values)).toEqual(['"slow"']);
  }, 30_000);

  it('keep their order across a move, and lose nothing', async () => {
    await replica();
    const keys = ['k1', 'k2', 'k3', 'k4', 'k5', 'k6'];
    expect(new Set(keys.map((key) => laneOf(key))).size).toBe(4);
    for (let version = 1; version <= 40; version++) {
      await insertOutbox(
        db.pool,
        keys.flatMap((key) => anEvent(key, `${key}@${version}`)),
      );
      for (const relay of relays) relay.wake();
      if (version % 10 === 0) await replica();
      if (version % 15 === 0) await endSession(db.pool, [...(await laneHolders(db.pool)).keys()][0] ?? 0);
      if (version === 25) await relays.shift()?.stop();
      await new Promise((done) => setTimeout(done, 20));
    }
    await drained(db.pool);
    const all = producers.flatMap(({ values }) => values);
    for (const key of keys) {
      // Per producer in order; across producers every version is there.
      for (const { values } of producers) {
        const versions = firsts(values.filter((value) => value.startsWith(`"${key}@`)));
        expect(versions).toEqual(versions.toSorted((a, b) => a - b));
      }
      expect(new Set(all.filter((value) => value.startsWith(`"${key}@`))).size).toBe(40);
    }
  }, 60_000);

  it('of a relay that is alone are all its own, and a wake-up reaches it from a replica without any', async () => {
    const owner = await replica();
    await balanced([4]);
    await insertOutbox(db.pool, anEvent('x'));
    owner.wake();
    await sent(producers[0] ?? new RecordingProducer(), 'x');
  });
});

const firsts = (values: readonly string[]): number[] =>
  [...new Set(values)].map((value) => Number(/@(\d+)/.exec(value)?.[1]));
