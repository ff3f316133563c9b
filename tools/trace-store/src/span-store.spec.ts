import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { aSpan, ORDER, spanId, traceId } from './span.mother.js';
import { SpanStore } from './span-store.js';

const NOW = 1_795_209_600_000;
const storeOf = (bounds = {}) => new SpanStore(':memory:', { maxSpans: 100, maxAgeMs: 60_000, ...bounds });
const about = (order: string) => ({ attributes: { 'souk.order.id': order } });

describe('the store of spans', () => {
  it('answers a trace with all of its spans, whichever batch brought them', () => {
    const store = storeOf();
    const first = aSpan();
    const second = aSpan({ spanId: spanId(2), parentSpanId: spanId(1), service: 'order', resource: { a: 1 } });
    store.add([first], NOW);
    store.add([second], NOW);
    expect(store.trace(first.traceId)).toEqual([first, second]);
    expect(store.trace(traceId(99))).toEqual([]);
  });

  it('absorbs repeats', () => {
    const store = storeOf();
    store.add([aSpan(), aSpan()], NOW);
    store.add([aSpan({ name: 'other' })], NOW);
    expect(store.trace(aSpan().traceId).map(({ name }) => name)).toEqual(['GET /api/orders/:id']);
    expect(store.stats()).toMatchObject({ accepted: 1, duplicates: 2, spans: 1, traces: 1 });
  });

  it('finds the trace that began an order, and names those of others who touch it', () => {
    const store = storeOf();
    store.add([aSpan({ traceId: traceId(1), ...about(ORDER) })], NOW);
    store.add([aSpan({ traceId: traceId(2), spanId: spanId(2), parentSpanId: spanId(1), ...about(ORDER) })], NOW);
    store.add([aSpan({ traceId: traceId(2), name: 'POST /api/orders' })], NOW);
    expect(store.traceOfOrder(ORDER)).toMatchObject({
      traceId: traceId(2),
      spans: [{ name: 'POST /api/orders' }, { spanId: spanId(2) }],
      related: [traceId(1)],
    });
    expect(store.traceOfOrder('another')).toBeUndefined();
  });

  it('finds every order of a span that handles several', () => {
    const store = storeOf();
    store.add([aSpan({ attributes: { 'souk.order.id': ['a', 'b'] } })], NOW);
    expect([store.traceOfOrder('a')?.traceId, store.traceOfOrder('b')?.traceId]).toEqual(
      Array(2).fill(aSpan().traceId),
    );
  });

  it('knows the order that was placed last, whoever looks at older ones since', () => {
    const store = storeOf();
    expect(store.latestOrder()).toBeUndefined();
    for (const order of ['a', 'b']) {
      store.add([aSpan({ traceId: traceId(order.charCodeAt(0)), name: 'POST /api/orders', ...about(order) })], NOW);
    }
    store.add([aSpan({ traceId: traceId(7), ...about('a') })], NOW);
    expect(store.latestOrder()).toBe('b');
    expect([...store.latest(2)].map((one) => one.traceId)).toEqual([traceId(7), traceId(0x62)]);
  });

  it('reads each of the latest when it is asked for, not all of them before', () => {
    const store = storeOf();
    for (const n of [1, 2]) store.add([aSpan({ traceId: traceId(n) })], NOW);
    const latest = store.latest(2);
    expect(latest.next().value).toMatchObject({ traceId: traceId(2) });
    store.add([aSpan({ traceId: traceId(1), spanId: spanId(2) })], NOW);
    expect(latest.next().value).toMatchObject({ spans: [expect.anything(), expect.anything()] });
  });

  it('lets the oldest traces go when there are too many spans, each of them whole', () => {
    const store = storeOf({ maxSpans: 5 });
    for (let n = 1; n <= 3; n += 1) {
      store.add(
        [aSpan({ traceId: traceId(n), ...about(`o${n}`) }), aSpan({ traceId: traceId(n), spanId: spanId(2) })],
        NOW,
      );
    }
    expect([1, 2, 3].map((n) => store.trace(traceId(n)).length)).toEqual([0, 2, 2]);
    expect(store.traceOfOrder('o1')).toBeUndefined();
    expect(store.stats()).toMatchObject({ spans: 4, traces: 2, accepted: 6, evictedForSpace: 2 });
  });

  it('stays within its bounds for a trace that is larger than they are', () => {
    const store = storeOf({ maxSpans: 5 });
    store.add(
      Array.from({ length: 9 }, (_, n) => aSpan({ spanId: spanId(n + 1) })),
      NOW,
    );
    expect(store.stats()).toMatchObject({ spans: 0, evictedForSpace: 9 });
  });

  it('forgets what is too old', () => {
    const store = storeOf({ maxAgeMs: 1_000 });
    store.add([aSpan({ traceId: traceId(1) })], NOW);
    store.add([aSpan({ traceId: traceId(2) })], NOW + 900);
    store.sweep(NOW + 1_001);
    expect([...store.latest(9)].map((one) => one.traceId)).toEqual([traceId(2)]);
    expect(store.stats()).toMatchObject({ spans: 1, evictedForAge: 1 });
  });

  it('forgets resources that no span names any more', () => {
    const store = storeOf({ maxSpans: 10 });
    for (let n = 1; n <= 1_100; n += 1) store.add([aSpan({ traceId: traceId(n), resource: { pod: n } })], NOW);
    store.sweep(NOW);
    store.add([aSpan({ traceId: traceId(5_000), resource: { pod: 1_100 } })], NOW);
    expect([...store.latest(10)].map(({ spans }) => spans[0]?.resource)).toEqual(
      [1100, 1100, 1099, 1098, 1097, 1096, 1095, 1094, 1093, 1092].map((pod) => ({ pod })),
    );
  });

  it('mixes nothing of a trace that went into one that came after it', () => {
    const store = storeOf({ maxAgeMs: 1_000 });
    store.add(
      [aSpan({ traceId: traceId(1), ...about('old') }), aSpan({ traceId: traceId(1), spanId: spanId(2) })],
      NOW,
    );
    store.sweep(NOW + 1_001);
    store.add([aSpan({ traceId: traceId(2), spanId: spanId(3), ...about('new') })], NOW + 1_002);
    expect(store.trace(traceId(2)).map((span) => span.spanId)).toEqual([spanId(3)]);
    expect(store.traceOfOrder('old')).toBeUndefined();
    expect([...store.latest(9)].map(({ orderIds }) => orderIds)).toEqual([['new']]);
  });

  it('keeps nothing in its file of what it forgot', () => {
    const folder = mkdtempSync(join(tmpdir(), 'span-store-'));
    const file = join(folder, 'spans.sqlite');
    const store = new SpanStore(file, { maxSpans: 10, maxAgeMs: 60_000 });
    for (let n = 1; n <= 1_100; n += 1) {
      store.add([aSpan({ traceId: traceId(n), resource: { pod: n }, ...about(`o${n}`) })], NOW);
    }
    store.sweep(NOW);
    const db = new DatabaseSync(file, { readOnly: true });
    const rows = ['trace', 'span', 'trace_order', 'resource'].map(
      (table) => db.prepare(`select count(*) as n from ${table}`).get()?.['n'],
    );
    db.close();
    store.close();
    rmSync(folder, { recursive: true });
    expect(rows).toEqual([10, 10, 10, 10]);
  });

  it('keeps a batch for which nothing can go, whole traces until something can, and counts what went', () => {
    const folder = mkdtempSync(join(tmpdir(), 'span-store-'));
    const file = join(folder, 'spans.sqlite');
    const store = new SpanStore(file, { maxSpans: 2, maxAgeMs: 60_000 });
    const other = new DatabaseSync(file);
    other.exec("create trigger full before delete on trace begin select raise(abort, 'the disk is full'); end");
    for (const n of [1, 2]) {
      const two = [aSpan({ traceId: traceId(n) }), aSpan({ traceId: traceId(n), spanId: spanId(2) })];
      store.add(two, NOW);
    }
    expect([1, 2].map((n) => store.trace(traceId(n)).length)).toEqual([2, 2]);
    expect(() => store.sweep(NOW)).toThrow('the disk is full');
    other.exec('drop trigger full');
    store.sweep(NOW);
    expect([1, 2].map((n) => store.trace(traceId(n)).length)).toEqual([0, 2]);
    expect(store.stats()).toMatchObject({ accepted: 4, spans: 2, traces: 1, evictedForSpace: 2 });
    other.close();
    store.close();
    rmSync(folder, { recursive: true });
  });

  it('keeps nothing of a batch that fails in the middle, and takes the next', () => {
    const store = storeOf();
    const broken = aSpan({ spanId: spanId(2), resource: { n: 1n } as never });
    expect(() => store.add([aSpan(), broken], NOW)).toThrow('BigInt');
    expect(store.trace(aSpan().traceId)).toEqual([]);
    store.add([aSpan()], NOW);
    expect(store.stats()).toMatchObject({ accepted: 1, spans: 1, traces: 1 });
  });
});
