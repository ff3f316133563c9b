import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { configureFailpoints } from '@souk/failpoints';
import { type KafkaProducer, openKafka, RecordRefused } from '@souk/kafka';
import { createTestDatabase, createTopic, testInfra, type TestDatabase, type TestTopic, waitFor } from '@souk/testing';
import { insertOutbox } from './outbox.js';
import { discardParked, findParkedRow, listParkedRows, parkRow, retryParked } from './outbox-parked.js';
import { LaneOutboxRelay } from './outbox-relay.js';
import { readBacklog } from './outbox-watch.js';
import { anEvent, drained, quiet, RecordingProducer, sent } from './test/outbox.mother.js';

describe('outbox rows that the broker refuses', () => {
  let db: TestDatabase;
  let relay: LaneOutboxRelay;
  let warned: string[];

  beforeAll(async () => {
    db = await createTestDatabase('parked', join(import.meta.dirname, '../sql'));
  });
  afterAll(() => db.drop());
  beforeEach(async () => {
    warned = [];
    await db.pool.query('truncate outbox, outbox_parked');
  });
  afterEach(async () => {
    configureFailpoints('');
    await relay.stop();
  });

  async function start(producer: KafkaProducer): Promise<void> {
    const logger = { ...quiet, warn: (_: object, message: string) => void warned.push(message) };
    relay = new LaneOutboxRelay({ pool: db.pool, producer, logger: logger as typeof quiet, pollMs: 20 });
    await relay.start();
  }

  /** Refuses what is called bad until `mended`. */
  function aPickyProducer() {
    const producer = new RecordingProducer();
    const state = { mended: false };
    producer.before = async (records) => {
      if (!state.mended && records.some(({ value }) => value.includes('bad'))) throw new RecordRefused('too large');
    };
    return { producer, mend: () => (state.mended = true) };
  }

  const parked = () => waitFor(async () => (await listParkedRows(db.pool))[0], { what: 'a parked row' });

  it('wait with all later ones of their topic and key, and everything else goes on', async () => {
    const { producer } = aPickyProducer();
    await insertOutbox(db.pool, [
      ...anEvent('a', 'a1'),
      ...anEvent('b', 'b1 bad'),
      ...anEvent('a', 'a2'),
      ...anEvent('b', 'b2'),
      ...anEvent('b', 'b1 elsewhere', 'another'),
    ]);
    await start(producer);
    await parked();
    await db.pool.query("update outbox_parked set next_at = now() + interval '1 h'");
    const row = await parked();
    await insertOutbox(db.pool, [...anEvent('b', 'b3'), ...anEvent('c', 'c1')]);
    relay.wake();
    await sent(producer, 'c1');
    expect(producer.values.toSorted()).toEqual(
      ['a1', 'a2', 'b1 elsewhere', 'c1'].map((value) => JSON.stringify(value)),
    );
    expect(row).toMatchObject({ topic: 't', key: 'b', value: '"b1 bad"', cause: 'too large' });
    expect(await findParkedRow(db.pool, row.id)).toMatchObject({ behind: 2, attempts: row.attempts });
    expect(await listParkedRows(db.pool, { topic: 't', key: 'b', limit: 1 })).toHaveLength(1);
    expect(await listParkedRows(db.pool, { topic: 'another' })).toEqual([]);
    expect(await listParkedRows(db.pool, { key: 'a' })).toEqual([]);
    expect(await readBacklog(db.pool)).toMatchObject({ depth: 3, parked: 1 });
    expect(warned).toEqual(['an outbox row was refused, its key waits']);
  });

  it('are tried again by themselves, later and later, and told once', async () => {
    const { producer, mend } = aPickyProducer();
    await insertOutbox(db.pool, [...anEvent('b', 'b1 bad'), ...anEvent('b', 'b2')]);
    await start(producer);
    const { id, nextAt } = await parked();
    const twice = await waitFor(
      async () => {
        const row = await findParkedRow(db.pool, id);
        return row?.attempts === 2 && row;
      },
      { what: 'a second try' },
    );
    expect(twice.nextAt.getTime() - twice.lastAt.getTime()).toBe(2_000);
    expect(twice.nextAt.getTime()).toBeGreaterThan(nextAt.getTime());
    expect(warned).toHaveLength(1);
    mend();
    await drained(db.pool);
    expect(producer.values).toEqual(['"b1 bad"', '"b2"']);
    expect(await listParkedRows(db.pool)).toEqual([]);
  }, 15_000);

  it('are tried at once when somebody says so, and their key is released in order', async () => {
    const { producer, mend } = aPickyProducer();
    await insertOutbox(db.pool, [...anEvent('b', 'b1 bad'), ...anEvent('b', 'b2')]);
    await start(producer);
    const { id } = await parked();
    await db.pool.query("update outbox_parked set next_at = now() + interval '1 h'");
    mend();
    expect(await retryParked(db.pool, id)).toBe(true);
    await drained(db.pool);
    expect(producer.values).toEqual(['"b1 bad"', '"b2"']);
    expect(await retryParked(db.pool, id)).toBe(false);
  });

  it('are all tried again when the broker takes one of their topic', async () => {
    const { producer, mend } = aPickyProducer();
    const keys = ['b', 'c', 'd'];
    await insertOutbox(
      db.pool,
      keys.flatMap((key) => anEvent(key, `${key}1 bad`)),
    );
    await start(producer);
    await waitFor(async () => (await listParkedRows(db.pool)).length === 3, { what: 'all three' });
    await db.pool.query("update outbox_parked set next_at = now() + interval '1 h'");
    mend();
    await retryParked(db.pool, (await parked()).id);
    await drained(db.pool);
    expect(await listParkedRows(db.pool)).toEqual([]);
  });

  it('are dropped when somebody says so, and those behind them go on', async () => {
    const { producer } = aPickyProducer();
    await insertOutbox(db.pool, [...anEvent('b', 'b1 bad'), ...anEvent('b', 'b2')]);
    await start(producer);
    const { id } = await parked();
    expect([await discardParked(db.pool, id), await discardParked(db.pool, id)]).toEqual([true, false]);
    await drained(db.pool);
    expect(producer.values).toEqual(['"b2"']);
  });

  it.each(['relay.before-park', 'relay.after-park'])(
    'lose and invert nothing when the relay fails at %s',
    async (point) => {
      configureFailpoints(`${point}=throw@1`);
      const { producer, mend } = aPickyProducer();
      await insertOutbox(db.pool, [...anEvent('b', 'b1 bad'), ...anEvent('a', 'a1'), ...anEvent('b', 'b2')]);
      await start(producer);
      await parked();
      mend();
      await retryParked(db.pool, (await parked()).id);
      await drained(db.pool);
      expect([...new Set(producer.values)].filter((value) => value.startsWith('"b'))).toEqual(['"b1 bad"', '"b2"']);
      expect(producer.values).toContain('"a1"');
    },
  );

  it('are not parked by a relay that has lost the lane', async () => {
    const { producer } = aPickyProducer();
    await start(producer);
    await relay.stop();
    await insertOutbox(db.pool, anEvent('b', 'b1 bad'));
    const { rows } = await db.pool.query('select id, lane, topic, key, headers, value from outbox');
    const { rows: lanes } = await db.pool.query<{ epoch: number }>('select epoch from relay_lanes where lane = $1', [
      rows[0].lane,
    ]);
    expect(await parkRow(db.pool, rows[0], (lanes[0]?.epoch ?? 0) - 1, 'too large')).toBe(0);
    expect(await listParkedRows(db.pool)).toEqual([]);
    expect(await parkRow(db.pool, rows[0], lanes[0]?.epoch ?? 0, 'too large')).toBe(1);
  });

  it('are forgotten when their row is gone, so that the key does not wait for nothing', async () => {
    const { producer } = aPickyProducer();
    await insertOutbox(db.pool, [...anEvent('b', 'b1 bad'), ...anEvent('b', 'b2')]);
    await start(producer);
    const { id } = await parked();
    await db.pool.query('delete from outbox where id = $1', [id]);
    await sent(producer, 'b2');
    await waitFor(async () => (await listParkedRows(db.pool)).length === 0, { what: 'the key' });
  });

  describe('on Kafka', () => {
    let topic: TestTopic;
    let producer: KafkaProducer;
    beforeAll(async () => {
      topic = await createTopic('parked');
      const logger = { debug: () => undefined, error: () => undefined, ...quiet };
      const { kafkaBrokers: brokers } = testInfra();
      producer = (await openKafka('kafkajs', { brokers, clientId: 'parked', logger })).producer();
    });
    afterAll(async () => {
      await producer.close();
      await topic.drop();
    });

    it('a row of 2 MiB and one for a topic that is not there stop nobody else', async () => {
      const good = Array.from({ length: 20 }, (_, n) => anEvent(`k${n}`, `v${n}`, topic.name)).flat();
      await insertOutbox(db.pool, [
        ...anEvent('huge', 'x'.repeat(2 * 1024 * 1024), topic.name),
        ...anEvent('lost', 'nowhere', `${topic.name}.missing`),
        ...good,
        ...anEvent('huge', 'behind', topic.name),
      ]);
      await start(producer);
      await waitFor(async () => (await readBacklog(db.pool)).depth === 3, { timeoutMs: 25_000, what: 'the others' });
      const rows = await listParkedRows(db.pool);
      expect(rows.map(({ key, behind }) => [key, behind]).toSorted()).toEqual([
        ['huge', 1],
        ['lost', 0],
      ]);
      for (const { id } of rows) await discardParked(db.pool, id);
      await drained(db.pool, 25_000);
    }, 60_000);
  });
});
