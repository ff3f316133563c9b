import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { configureFailpoints } from '@souk/failpoints';
import { createTestDatabase, type TestDatabase, waitFor } from '@souk/testing';
import type pg from 'pg';
import { insertOutbox } from './outbox.js';
import { DualWriteOutbox } from './outbox.naive.js';
import type { OutboxRelay } from './outbox-relay.js';
import { relayFor } from './outbox-relay.naive.js';
import { anEvent, drained, quiet, RecordingProducer, sent } from './test/outbox.mother.js';

const json = (values: readonly string[]) => values.map((value) => JSON.stringify(value));

/** Each schedule breaks the variant it is made for, every time, and leaves the real relay alone. */
describe('what the simple relays lose, and the real one does not', () => {
  let db: TestDatabase;
  let relay: OutboxRelay;
  let producer: RecordingProducer;
  let open: pg.PoolClient[];

  beforeAll(async () => {
    db = await createTestDatabase('naive', join(import.meta.dirname, '../sql'));
    await db.pool.query('create table aggregates (id text primary key, version int not null)');
  });
  afterAll(() => db.drop());
  beforeEach(async () => {
    await db.pool.query('truncate outbox, outbox_parked, aggregates restart identity');
    [producer, open] = [new RecordingProducer(), []];
  });
  afterEach(async () => {
    configureFailpoints('');
    await relay.stop();
    for (const client of open) client.release();
  });

  async function start(name: string, batch?: number): Promise<void> {
    relay = relayFor([name])({
      pool: db.pool,
      producer,
      logger: quiet,
      pollMs: 10,
      ...(batch !== undefined && { batch }),
    });
    await relay.start();
  }

  /** A transaction that has written something and so has a transaction id. */
  async function begin(aggregate: string): Promise<pg.PoolClient> {
    const client = await db.pool.connect();
    open.push(client);
    await client.query('begin');
    await client.query('insert into aggregates values ($1, 1)', [aggregate]);
    return client;
  }

  describe.each([
    ['relay-cursor', [1]],
    ['relay-xmin', [1]],
    ['the real one', [1, 2]],
  ])('%s, when a lower id commits after a higher one', (name, published) => {
    it(published.length === 2 ? 'publishes both' : 'loses it', async () => {
      // The transaction that begins first draws the higher id; by its transaction id nothing older can come, by its row id it can.
      const first = await begin('a');
      const second = await begin('b');
      await insertOutbox(second, anEvent('b', '2'));
      await insertOutbox(first, anEvent('a', '1'));
      await start(name);
      await first.query('commit');
      await sent(producer, '1');
      await second.query('commit');
      await insertOutbox(db.pool, anEvent('c', 'later'));
      await sent(producer, 'later');
      expect(producer.values.toSorted()).toEqual(json([...published.map(String), 'later']));
    });
  });

  it.each([
    ['relay-delete-first', [], 'relay-delete-first.before-send'],
    ['the real one', ['a1'], 'relay.before-send'],
  ])('%s, when it fails before a send, publishes %j', async (name, published, point) => {
    configureFailpoints(`${point}=throw@1`);
    await insertOutbox(db.pool, anEvent('a', 'a1'));
    await start(name);
    await drained(db.pool);
    await insertOutbox(db.pool, anEvent('b', 'later'));
    await sent(producer, 'later');
    expect(producer.values).toEqual(json([...published, 'later']));
  });

  it.each([
    ['relay-unlocked', ['a2', 'a1']],
    ['the real one', ['a1', 'a2']],
  ])('%s, when the first send is slow, publishes %j', async (name, published) => {
    producer.before = async (records) => {
      // The first message of the aggregate waits for the second to be out, as long as that can be.
      const isFirst = records.some(({ value }) => value === '"a1"');
      if (isFirst) await sent(producer, 'a2', 700).catch(() => undefined);
    };
    await insertOutbox(db.pool, [...anEvent('a', 'a1'), ...anEvent('a', 'a2')]);
    await start(name, 1);
    await drained(db.pool);
    expect(producer.values).toEqual(json(published));
  });

  it('outbox-dual-write sends after the commit, and nothing is left of what it could not send', async () => {
    const warned: string[] = [];
    const outbox = new DualWriteOutbox('/t', producer, {
      warn: (_: unknown, text?: string) => void warned.push(text ?? ''),
    });
    await start('the real one');
    const message = (key: string, id: string) => ({
      topic: { name: 't' },
      key,
      type: 'changed.v1',
      id,
      time: new Date(0),
      data: id,
    });
    await outbox.add(db.pool, message('a', 'a1'));
    await outbox.add(db.pool, message('a', 'a1'), message('b', 'b1'));
    expect(producer.values).toEqual([]);
    outbox.committed(['a']);
    await sent(producer, 'a1');
    producer.before = () => Promise.reject(new Error('broker away'));
    outbox.committed(['b']);
    await waitFor(() => warned.length === 1, { what: 'the failure' });
    producer.before = () => Promise.resolve();
    outbox.committed(['a', 'b']);
    await insertOutbox(db.pool, anEvent('c', 'later'));
    await sent(producer, 'later');
    expect(producer.values).toEqual(json(['a1', 'later']));
  });
});
