import { describe, expect, it } from '@jest/globals';
import type { Span } from './span.ts';
import { awaitTrace, batchSizes, latestOrder, TraceStoreRefusal } from './trace-client.ts';
import { anOrder, aSpan, BATCH_SPAN, BATCH_TRACE, ORDER, TRACE } from './trace.mother.ts';

const ENDED_MS = 1_795_209_600_100;
const NOT_FOUND = { status: 404, body: { code: 'trace-not-found' } };

const found = (spans: readonly Span[]) => ({
  status: 200,
  body: { traceId: TRACE, orderId: ORDER, spans, related: [] },
});

/** A trace store that answers from a table by time, and a clock that only sleeping moves. */
function scene(startMs: number, answers: (atMs: number) => { status: number; body: unknown }) {
  const asked: string[] = [];
  let now = startMs;
  const ask = (path: string) => {
    asked.push(path);
    const { status, body } = answers(now - startMs);
    return Promise.resolve(Response.json(body, { status }));
  };
  const clock = { now: () => now, sleep: (ms: number) => Promise.resolve((now += ms)) };
  return { ask, clock, asked, elapsed: () => now - startMs };
}

describe('waiting for a trace', () => {
  it('does not wait for one that has long been there', async () => {
    const { ask, clock, asked, elapsed } = scene(ENDED_MS + 60_000, () => found(anOrder()));
    expect((await awaitTrace(ask, { order: ORDER }, clock))?.complete).toBe(true);
    expect([asked, elapsed()]).toEqual([[`/traces?order=${ORDER}`], 0]);
  });

  it('waits for spans that are still on their way', async () => {
    const young = scene(ENDED_MS, (at) => (at < 600 ? NOT_FOUND : found(anOrder().slice(0, at < 1_200 ? 3 : 6))));
    const trace = await awaitTrace(young.ask, { order: ORDER }, young.clock);
    expect([trace?.tree.spans, trace?.complete]).toEqual([6, true]);
    expect(young.elapsed()).toBeGreaterThanOrEqual(3_000);
  });

  it('stops early once nothing has changed for two seconds', async () => {
    const ahead = scene(ENDED_MS - 60_000, () => found(anOrder()));
    await awaitTrace(ahead.ask, { order: ORDER }, ahead.clock);
    expect(ahead.elapsed()).toBe(2_000);
  });

  it('gives an incomplete one after five seconds', async () => {
    const broken = scene(ENDED_MS + 60_000, () => found(anOrder().filter(({ name }) => name !== 'POST /orders')));
    const trace = await awaitTrace(broken.ask, { order: ORDER }, broken.clock);
    expect([trace?.complete, trace?.tree.missingParents.length, broken.elapsed()]).toEqual([false, 1, 5_000]);
  });

  it('gives nothing when the store has not heard of it by then', async () => {
    const nobody = scene(ENDED_MS, () => NOT_FOUND);
    expect(await awaitTrace(nobody.ask, { trace: TRACE }, nobody.clock)).toBeUndefined();
    expect([nobody.asked[0], nobody.elapsed()]).toEqual([`/traces/${TRACE}`, 5_000]);
  });

  it('takes the order that was placed last once its spans had time to arrive', async () => {
    const young = scene(ENDED_MS, (at) => (at < 1_500 ? NOT_FOUND : found(anOrder())));
    expect(await latestOrder(young.ask, young.clock)).toBe(ORDER);
    expect(young.asked).toEqual(['/traces?order=latest']);
    const nobody = scene(ENDED_MS, () => NOT_FOUND);
    expect(await latestOrder(nobody.ask, nobody.clock)).toBeUndefined();
  });

  it('asks for the batches in which spans were handled', async () => {
    const batch = aSpan(99, null, {
      at: 0,
      took: 1,
      traceId: BATCH_TRACE,
      attributes: { 'messaging.batch.message_count': 12 },
    });
    const store = scene(ENDED_MS, () => ({ status: 200, body: { traceId: BATCH_TRACE, spans: [batch] } }));
    expect(await batchSizes(store.ask, { traceId: TRACE, spans: anOrder() })).toEqual(new Map([[BATCH_SPAN, 12]]));
    expect(store.asked).toEqual([`/traces/${BATCH_TRACE}`]);
    expect(await batchSizes(scene(ENDED_MS, () => NOT_FOUND).ask, { traceId: TRACE, spans: anOrder() })).toEqual(
      new Map(),
    );
  });

  it('passes on what the store has to say against it', async () => {
    const failing = scene(ENDED_MS, () => ({ status: 500, body: { code: 'internal-error' } }));
    await expect(awaitTrace(failing.ask, { trace: TRACE }, failing.clock)).rejects.toThrow(TraceStoreRefusal);
  });
});
