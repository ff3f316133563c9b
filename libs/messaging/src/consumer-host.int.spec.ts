import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '@souk/testing';
import { ConsumerHost, type TopicHandler } from './consumer-host.js';
import { pruneInbox } from './inbox.js';
import type { KafkaRecord } from '@souk/kafka';
import { TABLES } from './test/tables.js';

const quiet = { warn: () => undefined, error: () => undefined };

describe('consumer host on PostgreSQL', () => {
  let db: TestDatabase;
  let commits = 0;

  beforeAll(async () => {
    db = await createTestDatabase('consumer', ...TABLES);
    await db.pool.query(
      'create table effects (seq bigint generated always as identity, key text not null, n int not null)',
    );
  });
  afterAll(() => db.drop());
  beforeEach(async () => {
    commits = 0;
    await db.pool.query('truncate outbox, inbox, parked_messages, effects');
  });

  const record = (key: string, offset: number, data: unknown = { n: offset }, partition = 0): KafkaRecord => ({
    topic: 'things.v1',
    partition,
    offset: String(offset),
    key,
    headers: { ce_type: 'thing.v1', ce_id: `${partition}-${offset}`, ce_source: '/t', ce_time: '2026-01-01T00:00:00Z' },
    value: Buffer.from(typeof data === 'string' ? data : JSON.stringify(data)),
  });

  const insertEffects: TopicHandler = async (deliveries, tx) => {
    for (const { key, data } of deliveries) {
      await tx.query('insert into effects (key, n) values ($1, $2)', [key, (data as { n: number }).n]);
    }
  };

  const hostWith = (handle: TopicHandler, groupId = 'tester'): ConsumerHost =>
    new ConsumerHost({
      groupId,
      pool: db.pool,
      deadLetterTopic: 'tester.dlq.v1',
      afterCommit: () => void commits++,
      logger: quiet,
      backoffMs: [1, 1, 1, 1],
      outageMs: 20,
      handlers: new Map(
        ['things.v1', 'others.v1'].map((topic) => [
          topic,
          { schemas: { 'thing.v1': { parse: (data) => data } }, handle },
        ]),
      ),
    });

  const effects = async (): Promise<string[]> =>
    (await db.pool.query<{ e: string }>("select key || ':' || n as e from effects order by seq")).rows.map(
      (row) => row.e,
    );

  it('CC: merges the batches of several partitions into one transaction', async () => {
    const host = hostWith(insertEffects);
    await Promise.all([host.handle([record('a', 1), record('a', 2)]), host.handle([record('b', 1, { n: 1 }, 1)])]);
    expect((await effects()).sort()).toEqual(['a:1', 'a:2', 'b:1']);
    expect(commits).toBe(1);
  });

  it('I11: a repeated delivery has no second effect, in a later batch or in the same', async () => {
    const host = hostWith(insertEffects);
    await host.handle([record('a', 1), record('a', 1)]);
    await host.handle([record('a', 1), record('a', 2)]);
    expect(await effects()).toEqual(['a:1', 'a:2']);
  });

  it('a handler that fails half-way leaves nothing behind and is repeated', async () => {
    let failures = 1;
    const host = hostWith(async (deliveries, tx) => {
      await insertEffects(deliveries, tx);
      if (failures-- > 0) throw new Error('half-way');
    });
    await host.handle([record('a', 1)]);
    expect(await effects()).toEqual(['a:1']);
  });

  it('a poison message becomes a dead letter after five attempts; its key is parked, other keys go on', async () => {
    let attempts = 0;
    const host = hostWith(async (deliveries, tx) => {
      if (deliveries.some(({ data }) => (data as { n: number }).n === 666)) {
        if (deliveries.length === 1) attempts++;
        throw new Error('poison');
      }
      await insertEffects(deliveries, tx);
    });
    await host.handle([record('a', 1), record('bad', 2, { n: 666 }), record('bad', 3), record('b', 4)]);
    await host.handle([record('bad', 5)]);
    expect(await effects()).toEqual(['a:1', 'b:4']);
    expect(attempts).toBe(5);
    const { rows: parked } = await db.pool.query(
      'select kafka_offset, dead, attempts, cause from parked_messages order by id',
    );
    expect(parked).toEqual([
      { kafka_offset: '2', dead: true, attempts: 5, cause: 'poison' },
      { kafka_offset: '3', dead: false, attempts: 0, cause: null },
      { kafka_offset: '5', dead: false, attempts: 0, cause: null },
    ]);
    const { rows: letters } = await db.pool.query(
      "select topic, key, value, headers->>'dlq-cause' as cause from outbox",
    );
    expect(letters).toEqual([{ topic: 'tester.dlq.v1', key: 'bad', value: '{"n":666}', cause: 'poison' }]);
  });

  it('a record that is no message of ours is given up at once, and only once however often it comes', async () => {
    const host = hostWith(insertEffects);
    await host.handle([record('a', 1, 'not json'), record('b', 2)]);
    await host.handle([record('a', 1, 'not json')]);
    expect(await effects()).toEqual(['b:2']);
    const { rows } = await db.pool.query<{ n: number }>('select count(*)::int as n from outbox');
    expect(rows[0]?.n).toBe(1);
  });

  it('opens no transaction where nothing concerns it, and gives up a record without a type even there', async () => {
    const other = (n: number, headers: Record<string, string> = { ce_type: 'thing.v9' }): KafkaRecord => ({
      ...record(`other ${n}`, n, 'not json', 1),
      headers: { ce_id: `other-${n}`, ...headers },
    });
    const transactions: unknown[] = [];
    const count = (client: unknown): void => void transactions.push(client);
    db.pool.on('acquire', count);
    const host = hostWith(insertEffects);
    await host.handle([other(1), other(2)]);
    expect([transactions.length, commits]).toEqual([0, 0]);
    await host.handle([other(3), record('a', 4), other(5)]);
    db.pool.off('acquire', count);
    expect([transactions.length, commits]).toEqual([1, 1]);
    const { rows } = await db.pool.query('select message_id from inbox');
    expect([rows, await effects()]).toEqual([[{ message_id: '0-4' }], ['a:4']]);
    await host.handle([other(6, {})]);
    expect((await db.pool.query('select from parked_messages where dead')).rowCount).toBe(1);
  });

  it('waits for a store that is out of reach and gives nothing up', async () => {
    let kills = 3;
    const host = hostWith(async (deliveries, tx) => {
      if (kills-- > 0) await tx.query('select pg_terminate_backend(pg_backend_pid())');
      await insertEffects(deliveries, tx);
    });
    await host.handle([record('a', 1), record('b', 2)]);
    expect(await effects()).toEqual(['a:1', 'b:2']);
    const { rows } = await db.pool.query<{ n: number }>('select count(*)::int as n from parked_messages');
    expect(rows[0]?.n).toBe(0);
  });

  it('remembers a message for as long as it can be delivered again, and no longer', async () => {
    await db.pool.query(
      "insert into inbox (consumer, message_id, received_at) values ('tester', 'old', now() - interval '9 days'), ('tester', 'young', now() - interval '7 days')",
    );
    expect(await pruneInbox(db.pool)).toBe(1);
    const { rows } = await db.pool.query('select message_id from inbox');
    expect(rows).toEqual([{ message_id: 'young' }]);
  });

  it('gives nothing up while the store is away, also when it goes away in the middle of a failed batch', async () => {
    let calls = 0;
    const host = hostWith(async (deliveries, tx) => {
      calls++;
      if (calls === 1) throw new Error('the batch as a whole fails');
      if (calls <= 8) await tx.query('select pg_terminate_backend(pg_backend_pid())');
      await insertEffects(deliveries, tx);
    });
    await host.handle([record('a', 1), record('b', 2)]);
    expect(await effects()).toEqual(['a:1', 'b:2']);
    expect((await db.pool.query('select from parked_messages')).rowCount).toBe(0);
  });

  it('gives up nothing for what was the fault of the store: where the letter cannot be stored, the message is tried anew', async () => {
    let calls = 0;
    await db.pool.query('alter table parked_messages add constraint no_letters check (false)');
    const host = hostWith(async (deliveries, tx) => {
      calls++;
      // As a store that refuses for reasons of its own, which nobody knows for an outage: five tries, and those that follow.
      if (calls <= 8) throw Object.assign(new Error('not now'), { code: '0A000' });
      await insertEffects(deliveries, tx);
    });
    try {
      await host.handle([record('a', 1)]);
    } finally {
      await db.pool.query('alter table parked_messages drop constraint no_letters');
    }
    expect(await effects()).toEqual(['a:1']);
    expect((await db.pool.query('select from parked_messages')).rowCount).toBe(0);
  });

  it('wakes the relay for a dead letter', async () => {
    await hostWith(insertEffects).handle([record('a', 1, 'not json')]);
    expect(commits).toBe(1);
  });

  it('every consumer has an inbox of its own', async () => {
    await hostWith(insertEffects).handle([record('a', 1)]);
    await hostWith(insertEffects, 'another').handle([record('a', 1)]);
    expect(await effects()).toEqual(['a:1', 'a:1']);
  });

  it('parks a key in its topic only', async () => {
    const host = hostWith(insertEffects);
    const elsewhere = record('a', 2);
    await host.handle([record('a', 1, 'not json')]);
    await host.handle([{ ...elsewhere, topic: 'others.v1' }, record('a', 3)]);
    expect(await effects()).toEqual(['a:2']);
  });

  it('runs one transaction at a time, whatever arrives meanwhile', async () => {
    let open = 0;
    let most = 0;
    const host = hostWith(async (deliveries, tx) => {
      most = Math.max(most, ++open);
      await tx.query('select pg_sleep(0.1)');
      await insertEffects(deliveries, tx);
      open--;
    });
    const first = host.handle([record('a', 1)]);
    await sleep(50);
    await Promise.all([first, host.handle([record('a', 2)])]);
    expect(most).toBe(1);
    expect(await effects()).toEqual(['a:1', 'a:2']);
  });

  it('waits at its stop until the transaction under way has ended', async () => {
    const host = hostWith(async (deliveries, tx) => {
      await tx.query('select pg_sleep(0.2)');
      await insertEffects(deliveries, tx);
    });
    const work = host.handle([record('a', 1)]);
    await sleep(50);
    await host.stop();
    expect(await effects()).toEqual(['a:1']);
    await work;
  });

  it('refuses records once it is stopped', async () => {
    const host = hostWith(insertEffects);
    await host.stop();
    await expect(host.handle([record('a', 1)])).rejects.toThrow('stopped');
  });

  it('gives up a message that is always too slow instead of holding up its partition for ever', async () => {
    const host = hostWith(async (deliveries, tx) => {
      if (deliveries.some(({ key }) => key === 'slow')) {
        await tx.query("set local statement_timeout = '20ms'");
        await tx.query('select pg_sleep(1)');
      }
      await insertEffects(deliveries, tx);
    });
    await host.handle([record('slow', 1), record('a', 2)]);
    expect(await effects()).toEqual(['a:2']);
    const { rows } = await db.pool.query<{ key: string }>('select key from parked_messages where dead');
    expect(rows).toEqual([{ key: 'slow' }]);
  });
});
