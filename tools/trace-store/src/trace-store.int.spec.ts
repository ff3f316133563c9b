import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '@souk/observability';
import { readConfig } from './config.js';
import { runTraceStore, type RunningTraceStore } from './run-trace-store.js';
import { batchOf, ORDER, sentSpan, spanId, TRACE, traceId } from './span.mother.js';

const MIB = 1024 * 1024;
const logged: string[] = [];
const logger = createLogger({
  name: 'trace-store',
  level: 'error',
  destination: { write: (line) => void logged.push(JSON.parse(line).msg) },
});

let folder: string;
let running: RunningTraceStore;

const start = (env: Record<string, string> = {}) =>
  runTraceStore(
    readConfig({ HTTP_PORT: '0', MANAGEMENT_PORT: '0', DATA_FILE: join(folder, 'spans.sqlite'), ...env }),
    logger,
    { sweepEveryMs: 20 },
  );
const api = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${running.httpPort}${path}`, init);
const answer = async (path: string): Promise<{ spans?: unknown }> =>
  (await (await api(path)).json()) as { spans?: unknown };
const management = (path: string) => fetch(`http://127.0.0.1:${running.managementPort}${path}`);
const send = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  api('/v1/traces', { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } });
const metric = async (name: string) => {
  const text = await (await management('/metrics')).text();
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`souk_trace_store_${name} `))
      ?.split(' ')[1],
  );
};

beforeEach(async () => {
  logged.length = 0;
  folder = mkdtempSync(join(tmpdir(), 'trace-store-'));
  running = await start();
});

afterEach(async () => {
  await running.stop();
  rmSync(folder, { recursive: true });
});

describe('the trace store', () => {
  it('forgets by itself what is too old', async () => {
    await running.stop();
    running = await start({ MAX_AGE_MINUTES: '0.0001' });
    await send(batchOf([sentSpan()]));
    for (let n = 0; n < 100 && (await metric('spans_stored')) > 0; n += 1) await sleep(20);
    expect([await metric('spans_stored'), await metric('spans_dropped_total{reason="age"}')]).toEqual([0, 1]);
  });

  it('SCR-2 takes spans in and answers the trace of an order', async () => {
    const child = sentSpan({ spanId: spanId(2), parentSpanId: spanId(1), name: 'payment authorise', kind: 1 });
    expect((await send(batchOf([sentSpan()]))).status).toBe(200);
    expect(await (await send(batchOf([child], 'order'))).json()).toEqual({ partialSuccess: {} });

    const byOrder = await answer(`/traces?order=${ORDER}`);
    expect(byOrder).toMatchObject({
      traceId: TRACE,
      orderId: ORDER,
      related: [],
      spans: [
        { spanId: spanId(1), service: 'gateway', parentSpanId: null },
        { spanId: spanId(2), service: 'order', parentSpanId: spanId(1) },
      ],
    });
    expect(await answer(`/traces/${TRACE}`)).toEqual({ traceId: TRACE, spans: byOrder.spans });
    expect(await answer('/traces?order=latest')).toEqual(byOrder);
    expect(await answer('/traces?limit=5')).toMatchObject({
      traces: [
        { traceId: TRACE, orderIds: [ORDER], name: 'POST /api/orders', spans: 2, services: ['gateway', 'order'] },
      ],
    });
  });

  it('takes gzip', async () => {
    const packed = new Uint8Array(gzipSync(batchOf([sentSpan()])));
    expect((await send(packed, { 'content-encoding': 'gzip' })).status).toBe(200);
    expect(await metric('spans_stored')).toBe(1);
  });

  it('absorbs a batch that is sent again', async () => {
    for (let n = 0; n < 3; n += 1) await send(batchOf([sentSpan()]));
    expect(await metric('spans_stored')).toBe(1);
    expect(await metric('spans_duplicate_total')).toBe(2);
  });

  it.each([
    ['no JSON', '{"resourceSpans":', {}, 400, 'broken-batch'],
    ['one broken span', batchOf([sentSpan(), sentSpan({ traceId: 'x' })]), {}, 400, 'broken-batch'],
    ['what says it is gzip and is not', '{}', { 'content-encoding': 'gzip' }, 400, 'broken-batch'],
    [
      'nesting beyond reason',
      `{"resourceSpans":${'['.repeat(150_000)}${']'.repeat(150_000)}}`,
      {},
      400,
      'broken-batch',
    ],
    ['protobuf', 'x', { 'content-type': 'application/x-protobuf' }, 415, 'unsupported-media-type'],
    ['another packing', 'x', { 'content-encoding': 'br' }, 415, 'unsupported-media-type'],
    ['more objects than fit', `{"resourceSpans":[${'{},'.repeat(200_000)}{}]}`, {}, 413, 'body-too-large'],
    ['nesting beyond that', '['.repeat(500_000) + ']'.repeat(500_000), {}, 413, 'body-too-large'],
    ['more than 4 MiB', ' '.repeat(4 * MIB + 1), {}, 413, 'body-too-large'],
  ])('refuses %s and keeps nothing', async (_what, body, headers, status, code) => {
    const response = await send(body, headers as Record<string, string>);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect([response.status, await response.json()]).toEqual([status, expect.objectContaining({ status, code })]);
    expect([await metric('spans_stored'), await metric('batches_refused_total')]).toEqual([0, 1]);
    expect((await send(batchOf([sentSpan()]))).status).toBe(200);
  });

  it('says why it refuses a large body of unknown length', async () => {
    const body = Readable.toWeb(Readable.from([Buffer.alloc(2 * MIB, 0x20), Buffer.alloc(3 * MIB, 0x20)]));
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body, duplex: 'half' };
    const response = await api('/v1/traces', init as RequestInit);
    expect([response.status, await metric('batches_refused_total')]).toEqual([413, 1]);
  });

  it('refuses a small body that unpacks to a large one', async () => {
    const bomb = new Uint8Array(gzipSync(Buffer.alloc(64 * MIB, 0x20)));
    expect(bomb.length).toBeLessThan(MIB);
    expect((await send(bomb, { 'content-encoding': 'gzip' })).status).toBe(413);
  });

  it.each([
    ['/traces?order=nobody', 'GET', 404, 'trace-not-found'],
    ['/traces?order=latest', 'GET', 404, 'trace-not-found'],
    [`/traces/${TRACE}`, 'GET', 404, 'trace-not-found'],
    ['/traces?limit=0', 'GET', 400, 'validation-failed'],
    ['/traces', 'DELETE', 405, 'method-not-allowed'],
    ['/v1/traces', 'GET', 405, 'method-not-allowed'],
    ['/v1/metrics', 'POST', 404, 'route-not-found'],
    ['//', 'GET', 404, 'route-not-found'],
  ])('answers %s by %s with a problem', async (path, method, status, code) => {
    const response = await api(path, { method });
    expect([response.status, await response.json()]).toEqual([status, expect.objectContaining({ code })]);
  });

  it('has probes and figures on its management port', async () => {
    for (const path of ['/livez', '/startupz', '/readyz']) expect((await management(path)).status).toBe(200);
    expect(await (await management('/metrics')).text()).toContain(
      '# TYPE souk_trace_store_spans_accepted_total counter',
    );
    expect((await management('/traces')).status).toBe(404);
  });

  it('still knows its traces after a restart', async () => {
    await send(batchOf([sentSpan()]));
    await running.stop();
    running = await start();
    expect((await api(`/traces?order=${ORDER}`)).status).toBe(200);
    expect(await metric('spans_stored')).toBe(1);
  });

  it('starts with an empty store where the file is broken', async () => {
    await running.stop();
    writeFileSync(join(folder, 'spans.sqlite'), 'this is no database, '.repeat(1_000));
    running = await start();
    expect((await send(batchOf([sentSpan()]))).status).toBe(200);
    expect(await metric('spans_stored')).toBe(1);
  });

  it('says so when its file cannot be used any more, and goes on', async () => {
    const other = new DatabaseSync(join(folder, 'spans.sqlite'));
    other.exec('alter table trace rename to gone');
    try {
      const statuses = await Promise.all(
        ['/metrics', '/readyz', '/livez'].map(async (path) => (await management(path)).status),
      );
      expect(statuses).toEqual([503, 503, 200]);
      expect([(await api('/traces')).status, (await send(batchOf([sentSpan()]))).status]).toEqual([500, 503]);
      const end = Date.now() + 5_000;
      while (!logged.includes('old traces could not be removed')) {
        if (Date.now() > end) throw new Error('no sweep within 5 s');
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      expect(logged).toContain('the store cannot be read');
    } finally {
      other.exec('alter table gone rename to trace');
      other.close();
    }
    expect((await send(batchOf([sentSpan()]))).status).toBe(200);
    expect(await metric('spans_stored')).toBe(1);
  });

  it('takes 50,000 spans in and stays within its bounds', async () => {
    await running.stop();
    running = await start({ MAX_SPANS: '10000' });
    const before = process.memoryUsage().rss;
    for (let n = 0; n < 100; n += 1) {
      const spans = Array.from({ length: 500 }, (_, m) =>
        sentSpan({ traceId: traceId(n * 25 + Math.floor(m / 20) + 1), spanId: spanId(m + 1) }),
      );
      expect((await send(batchOf(spans))).status).toBe(200);
    }
    expect(await metric('spans_accepted_total')).toBe(50_000);
    expect(await metric('spans_stored')).toBe(10_000);
    expect(await metric('spans_dropped_total{reason="space"}')).toBe(40_000);
    expect((await api(`/traces/${traceId(1)}`)).status).toBe(404);
    expect((await answer(`/traces/${traceId(2_500)}`)).spans).toHaveLength(20);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * MIB);
  });
});
