import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Metrics } from '@souk/observability';
import { createTestDatabase, type TestDatabase, waitFor } from '@souk/testing';
import type pg from 'pg';
import { insertOutbox, type Queryable, TableOutbox } from './outbox.js';
import { LaneOutboxRelay } from './outbox-relay.js';
import { OutboxWatch, readBacklog } from './outbox-watch.js';
import { anEvent, drained, quiet, RecordingProducer } from './test/outbox.mother.js';
import { withTransaction } from './transaction.js';

describe('an outbox', () => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await createTestDatabase('outbox', join(import.meta.dirname, '../sql'));
  });
  afterAll(() => db.drop());

  const message = (id: string) => ({
    topic: { name: 'accounts.v1' },
    key: 'account-1',
    type: 'account.debited.v1',
    id,
    time: new Date(0),
    aggregateVersion: 7,
    data: { id },
  });

  it('publishes what a transaction has added when it commits, and nothing of one that does not', async () => {
    const producer = new RecordingProducer();
    const relay = new LaneOutboxRelay({ pool: db.pool, producer, logger: quiet, pollMs: 60_000 });
    const outbox = new TableOutbox('/accounts', relay);
    await relay.start();
    const refused = withTransaction(db.pool, async (tx) => {
      await outbox.add(tx, message('never'));
      throw new Error('no money');
    });
    await expect(refused).rejects.toThrow('no money');
    await withTransaction(db.pool, (tx) => outbox.add(tx, message('one'), message('two')));
    outbox.committed();
    await drained(db.pool);
    await relay.stop();
    expect(producer.records.map(({ headers }) => headers['ce_id'])).toEqual(['one', 'two']);
    expect(producer.records[0]).toMatchObject({
      topic: 'accounts.v1',
      key: 'account-1',
      headers: { ce_source: '/accounts', ce_type: 'account.debited.v1', ce_aggregateversion: '7' },
      value: '{"id":"one"}',
    });
  });

  it('is not read as a whole, deleted rows included, to tell what waits in it', async () => {
    await db.pool.query('alter table outbox set (autovacuum_enabled = false)');
    await insertOutbox(db.pool, Array.from({ length: 5_000 }, (_, n) => anEvent(`gone ${n}`)).flat());
    await db.pool.query('delete from outbox');
    const plans: string[] = [];
    const query = async (text: string) => {
      const results: unknown = await db.pool.query(text.replace('select', 'explain select'));
      plans.push(JSON.stringify((results as pg.QueryResult[])[1]?.rows));
      return [];
    };
    expect(await readBacklog({ query } as unknown as Queryable)).toEqual({ depth: 0, ageSeconds: 0, parked: 0 });
    expect(plans).toEqual([expect.stringContaining('Index Scan using outbox_pkey')]);
    const { rows } = await db.pool.query('show enable_seqscan');
    expect(rows).toEqual([{ enable_seqscan: 'on' }]);
  });

  it('tells how much waits, how long and what is parked', async () => {
    await insertOutbox(db.pool, [...anEvent('a'), ...anEvent('b')]);
    await db.pool.query("update outbox set created_at = now() - interval '90 s' where key = 'a'");
    await db.pool.query(
      "insert into outbox_parked (topic, key, outbox_id, lane, cause, next_at) select topic, key, id, lane, 'no', now() from outbox where key = 'b'",
    );
    const metrics = new Metrics();
    const watch = new OutboxWatch(metrics, db.pool, 20);
    const value = (name: string) => Number(new RegExp(`^${name} (.*)$`, 'm').exec(metrics.render())?.[1]);
    expect(value('souk_outbox_depth')).toBe(0);
    watch.onApplicationBootstrap();
    await waitFor(() => value('souk_outbox_depth') === 2, { what: 'the depth' });
    expect(value('souk_outbox_age_seconds')).toBeGreaterThanOrEqual(90);
    expect(value('souk_outbox_age_seconds')).toBeLessThan(120);
    expect(value('souk_outbox_parked')).toBe(1);
    await db.pool.query('truncate outbox, outbox_parked');
    await waitFor(() => value('souk_outbox_depth') === 0, { what: 'an empty outbox' });
    expect(value('souk_outbox_age_seconds')).toBe(0);
    watch.beforeApplicationShutdown();
  });
});
