import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { withTransaction } from '@souk/outbox';
import { startTelemetry, type Telemetry, withSpan } from '@souk/observability';
import { OtlpSink, testInfra } from '@souk/testing';
import type pg from 'pg';
import { createPgPool } from './pg-pool.js';

describe('spans of PostgreSQL', () => {
  let sink: OtlpSink;
  let telemetry: Telemetry;
  let pool: pg.Pool;

  beforeAll(async () => {
    sink = await OtlpSink.start();
    telemetry = await startTelemetry({
      tracesPerSecond: Infinity,
      serviceName: 'x',
      endpoint: sink.url,
      logger: { warn: () => undefined },
    });
    pool = createPgPool({ url: testInfra().pgUrl, name: 'spans' });
  });
  afterAll(async () => {
    await pool.end();
    await sink.stop();
  });

  it('are for named statements and transactions of a request; plumbing and what nobody asked for have none', async () => {
    const named = { name: 'find-secret', text: 'select $1::text as said', values: ['secret'] };
    await pool.query(named);
    await withTransaction(pool, (tx) => tx.query(named));
    const { rows } = await withSpan('request', {}, async () => {
      await pool.query('select 1');
      await withTransaction(pool, (tx) => tx.query(named));
      return pool.query<{ said: string }>(named);
    });
    await withSpan('broken', {}, () => pool.query({ name: 'nonsense', text: 'selekt' })).catch(() => undefined);
    await telemetry.shutdown();
    const idOf = (name: string) => sink.named(name)[0]?.spanId;
    const seen = sink.spans.filter(({ kind }) => kind === 3);
    expect(rows).toEqual([{ said: 'secret' }]);
    expect(seen.map(({ name, parentSpanId, status }) => [name, parentSpanId, status])).toEqual([
      ['postgresql transaction', idOf('request'), 0],
      ['postgresql find-secret', idOf('request'), 0],
      ['postgresql nonsense', idOf('broken'), 2],
    ]);
    expect(seen[1]?.attributes).toEqual({ 'db.system.name': 'postgresql', 'db.query.summary': 'find-secret' });
  });
});
