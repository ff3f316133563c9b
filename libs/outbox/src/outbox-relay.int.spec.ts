import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createTestDatabase, type TestDatabase, waitFor } from '@souk/testing';
import pg from 'pg';
import type { KafkaProducer, ProducerRecord } from '@souk/kafka';
import { encodeOutbox, insertOutbox, LANES, outboxInsert } from './outbox.js';
import { LaneOutboxRelay, type OutboxRelayOptions } from './outbox-relay.js';
import { relayFor } from './outbox-relay.naive.js';
import { anEvent, quiet, RecordingProducer, shareSizes } from './test/outbox.mother.js';
import { withTransaction } from './transaction.js';

/** mulberry32 (public domain, Tommy Ettinger): small, seeded, good enough for delays. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const OF_LOCKS = `from pg_locks where locktype = 'advisory'
  and database = (select oid from pg_database where datname = current_database())`;
const seed = Number(process.env['SOUK_SEED'] ?? process.env['SEED'] ?? Date.now() % 1_000_000);

describe(`outbox relay on PostgreSQL (SEED=${seed} replays the delays)`, () => {
  let db: TestDatabase;

  beforeAll(async () => {
    db = await createTestDatabase('relay', join(import.meta.dirname, '../sql'));
    await db.pool.query('create table aggregates (id text primary key, version int not null)');
  });
  afterAll(() => db.drop());
  afterEach(() => void jest.restoreAllMocks());
  beforeEach(async () => {
    await db.pool.query('truncate outbox');
    await db.pool.query('truncate aggregates');
    await db.pool.query("insert into aggregates select 'agg-' || g, 0 from generate_series(0, 7) g");
  });

  const options = (producer: KafkaProducer): OutboxRelayOptions => ({
    pool: db.pool,
    producer,
    logger: quiet,
    pollMs: 10,
  });

  /** One change of an aggregate: row locked first, outbox row after, held open for a while, sometimes rolled back. */
  async function change(random: () => number, committed: string[]): Promise<void> {
    const key = `agg-${Math.floor(random() * 8)}`;
    const rollback = random() < 0.05;
    const holdMs = random() * 20;
    try {
      const id = await withTransaction(db.pool, async (tx) => {
        const { rows } = await tx.query<{ version: number }>(
          'update aggregates set version = version + 1 where id = $1 returning version',
          [key],
        );
        const version = rows[0]?.version ?? 0;
        const type = 'changed.v1';
        await insertOutbox(
          tx,
          encodeOutbox('/t', [
            {
              topic: { name: 't' },
              key,
              type,
              id: `${key}/${version}`,
              time: new Date(0),
              aggregateVersion: version,
              data: {},
            },
          ]),
        );
        await delay(holdMs);
        if (rollback) throw new Error('rolled back on purpose');
        return `${key}/${version}`;
      });
      committed.push(id);
    } catch (error) {
      if (!rollback) throw error;
    }
  }

  async function workload(writers: number, changesEach: number): Promise<string[]> {
    const committed: string[] = [];
    await Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        const random = seeded(seed + writer);
        for (let i = 0; i < changesEach; i++) await change(random, committed);
      }),
    );
    return committed;
  }

  const idsOf = (records: readonly ProducerRecord[]): string[] =>
    records.map((record) => record.headers['ce_id'] ?? '');

  /** Keys whose first occurrences do not carry increasing versions. */
  function inversions(records: readonly ProducerRecord[]): string[] {
    const last = new Map<string, number>();
    const seen = new Set<string>();
    return records.flatMap((record) => {
      const id = record.headers['ce_id'] ?? '';
      if (seen.has(id)) return [];
      seen.add(id);
      const version = Number(record.headers['ce_aggregateversion']);
      const wrong = version < (last.get(record.key) ?? 0);
      last.set(record.key, version);
      return wrong ? [id] : [];
    });
  }

  /** Ends the sessions that hold lanes. */
  const endHolders = () => db.pool.query(`select pg_terminate_backend(pid) ${OF_LOCKS} and granted`);

  const outboxIsEmpty = async (): Promise<boolean> =>
    (await db.pool.query<{ n: number }>('select count(*)::int as n from outbox')).rows[0]?.n === 0;

  it('I11 I12: loses and inverts nothing under concurrent writers, long transactions, rollbacks and killed connections', async () => {
    const producer = new RecordingProducer();
    const relay = new LaneOutboxRelay(options(producer));
    await relay.start();
    let killing: Promise<unknown> = Promise.resolve();
    const killer = setInterval(() => (killing = endHolders()), 400);
    const committed = await workload(12, 40);
    clearInterval(killer);
    // One that is still under way would hit the relay of the next test.
    await killing;
    await waitFor(outboxIsEmpty, { what: 'the outbox to drain' });
    await relay.stop();
    expect(committed.length).toBeGreaterThan(400);
    expect(new Set(committed).difference(new Set(idsOf(producer.records)))).toEqual(new Set());
    expect(inversions(producer.records)).toEqual([]);
  }, 30_000);

  it('whereas a cursor over the serial id loses messages under the same load (variant relay-cursor)', async () => {
    const producer = new RecordingProducer();
    const relay = relayFor(['relay-cursor'])({ ...options(producer), pollMs: 1 });
    await relay.start();
    const committed = await workload(12, 40);
    await delay(200);
    await relay.stop();
    expect(new Set(committed).difference(new Set(idsOf(producer.records))).size).toBeGreaterThan(0);
  }, 30_000);

  it('two relays share the lanes, and the second takes over when the first stops', async () => {
    // One broker for both: whoever joins first may send first, and has to be followed by the other.
    const broker = new RecordingProducer();
    const relays = [new LaneOutboxRelay(options(broker)), new LaneOutboxRelay(options(broker))];
    for (const relay of relays) await relay.start();
    await waitFor(async () => (await shareSizes(db.pool)).join() === '2,2', { what: 'two shares' });
    const committed = await workload(4, 10);
    await waitFor(outboxIsEmpty, { what: 'the outbox to drain' });
    await relays[0]?.stop();
    const later = await workload(4, 10);
    await waitFor(outboxIsEmpty, { what: 'the other relay to take the lanes over' });
    await relays[1]?.stop();
    expect(new Set(idsOf(broker.records))).toEqual(new Set([...committed, ...later]));
    expect(inversions(broker.records)).toEqual([]);
  }, 30_000);

  it('a relay whose lane was taken meanwhile deletes nothing', async () => {
    const producer = new RecordingProducer();
    const relay = new LaneOutboxRelay(options(producer));
    producer.before = async () => {
      await db.pool.query('update relay_lanes set epoch = epoch + 1');
      producer.before = () => Promise.resolve();
    };
    await insertOutbox(db.pool, anEvent('taken'));
    await relay.start();
    await waitFor(async () => producer.records.length >= 2, { what: 'the relay to publish' });
    const sent = producer.records.length;
    expect(await outboxIsEmpty()).toBe(false);
    await relay.stop();
    expect(sent).toBeGreaterThan(0);
  });

  /** How often relays have looked by themselves from now on. */
  function countLooks(): () => number {
    let looks = 0;
    const { query } = pg.Client.prototype;
    jest.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...args: unknown[]) {
      const [statement] = args;
      if (typeof statement === 'object' && statement !== null && 'name' in statement)
        looks += statement.name === 'relay-members' ? 1 : 0;
      return Reflect.apply(query, this, args) as undefined;
    });
    return () => looks;
  }

  const published = (producer: RecordingProducer, key: string) =>
    waitFor(() => producer.records.some((record) => record.key === key), {
      what: `${key} to be sent`,
    });

  it('rows are inserted in the order of their messages, or not at all when what they follow was not written', async () => {
    const keys = async () =>
      (await db.pool.query<{ key: string }>('select key from outbox order by id')).rows.map(({ key }) => key);
    const rows = ['c', 'a', 'd', 'b'].flatMap((key) => anEvent(key));
    await db.pool.query(outboxInsert(1, 'exists (select from aggregates where version > 99)'), [JSON.stringify(rows)]);
    expect(await keys()).toEqual([]);
    await insertOutbox(db.pool, rows);
    expect(await keys()).toEqual(['c', 'a', 'd', 'b']);
  });

  it('is woken by a commit, in this process and in another, without a look of its own', async () => {
    const looks = countLooks();
    const producer = new RecordingProducer();
    const owner = new LaneOutboxRelay({ ...options(producer), pollMs: 60_000 });
    const otherReplica = new LaneOutboxRelay({ ...options(new RecordingProducer()), pollMs: 60_000 });
    await owner.start();
    await waitFor(async () => (await shareSizes(db.pool))[0] === LANES, { what: 'the lanes' });
    /** Of so many messages; the others met the look that the relay takes once a second, which finds what nobody announces. */
    const wokenBy = async (waker: LaneOutboxRelay, name: string): Promise<number> => {
      let woken = 0;
      for (let n = 0; n < 12 && woken < 3; n++) {
        const before = looks();
        await insertOutbox(db.pool, anEvent(`${name} ${n}`));
        waker.wake();
        await published(producer, `${name} ${n}`);
        if (looks() === before) woken += 1;
      }
      return woken;
    };
    expect([await wokenBy(owner, 'here'), await wokenBy(otherReplica, 'there')]).toEqual([3, 3]);
    await owner.stop();
  }, 60_000);

  it('that lost its connection publishes nothing until the lanes are its own again', async () => {
    const producer = new RecordingProducer();
    const relay = new LaneOutboxRelay(options(producer));
    await relay.start();
    await insertOutbox(db.pool, anEvent('before'));
    await published(producer, 'before');
    const thief = await db.pool.connect();
    const stolen = thief.query('select pg_advisory_lock($1, lane) from generate_series(0, $2 - 1) as lane', [
      0x5011,
      LANES,
    ]);
    // Otherwise the relay could be back before him.
    const waits = async () => (await db.pool.query(`select ${OF_LOCKS} and not granted`)).rowCount === 1;
    await waitFor(waits, { what: 'the thief at the lock' });
    const looks = countLooks();
    await endHolders();
    await stolen;
    await insertOutbox(db.pool, anEvent('stolen'));
    await waitFor(() => looks() >= 3, { what: 'the relay to look for its lanes again' });
    const sent = producer.records.map(({ key }) => key);
    thief.release(true);
    await published(producer, 'stolen');
    await relay.stop();
    expect(sent).toEqual(['before']);
  });

  it('publishes again after a send that failed', async () => {
    const producer = new RecordingProducer();
    let failures = 2;
    producer.before = async () => {
      if (failures-- > 0) throw new Error('broker away');
    };
    const relay = new LaneOutboxRelay(options(producer));
    await relay.start();
    const committed = await workload(1, 5);
    await waitFor(outboxIsEmpty, { what: 'the outbox to drain' });
    await relay.stop();
    expect(new Set(idsOf(producer.records))).toEqual(new Set(committed));
  });
});
