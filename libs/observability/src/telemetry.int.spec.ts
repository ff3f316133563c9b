import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { OtlpSink } from '@souk/testing';
import { currentContext } from './request-context.js';
import { startTelemetry, type Telemetry, type TelemetryOptions } from './telemetry.js';
import { newTraceparent, parseTraceparent } from './traceparent.js';
import { startSpan, withSpan } from './tracing.js';

const spanIdOf = (traceparent: string) => parseTraceparent(traceparent)?.spanId ?? 'none';
const SLOW = 'still waiting';

describe('telemetry', () => {
  let sink: OtlpSink | undefined;
  let telemetry: Telemetry | undefined;
  const warnings: object[] = [];
  const start = async (endpoint: string, options: Partial<TelemetryOptions> = {}): Promise<Telemetry> => {
    const logger = { warn: (fields: object) => warnings.push(fields) } as unknown as TelemetryOptions['logger'];
    const defaults = { serviceName: 'order', serviceVersion: '1.2.3', tracesPerSecond: Infinity };
    telemetry = await startTelemetry({ ...defaults, endpoint, logger, ...options });
    return telemetry;
  };
  afterEach(async () => {
    await sink?.stop();
    await telemetry?.shutdown();
    [sink, telemetry] = [undefined, undefined];
    warnings.length = 0;
  });

  it('sends what has ended, with parents, links, attributes and the resource', async () => {
    sink = await OtlpSink.start();
    const { shutdown, stats } = await start(sink.url);
    const [caller, other] = [newTraceparent(), newTraceparent()];
    const attributes = { 'souk.order.id': 'o-1', none: undefined, names: ['a', 'b'] };
    await withSpan('outer', { kind: 'server', parent: caller, links: [other], attributes }, () =>
      withSpan('inner', { kind: 'client' }, () => undefined),
    );
    await shutdown();
    const [outer, inner] = [sink.named('outer')[0], sink.named('inner')[0]];
    expect(outer).toMatchObject({
      traceId: parseTraceparent(caller)?.traceId,
      parentSpanId: spanIdOf(caller),
      kind: 2,
      links: [spanIdOf(other)],
      attributes: { 'souk.order.id': 'o-1' },
      resource: { 'service.name': 'order', 'service.version': '1.2.3', 'service.instance.id': expect.any(String) },
    });
    expect(outer?.attributes).not.toHaveProperty('none');
    expect(inner).toMatchObject({ traceId: outer?.traceId, parentSpanId: outer?.spanId, kind: 3 });
    expect(stats()).toEqual({ exported: 2, dropped: 0, failed: 0 });
  });

  it('marks what failed, and the error goes on', async () => {
    sink = await OtlpSink.start();
    const { shutdown } = await start(sink.url);
    const error = Object.assign(new Error('no'), { code: 'upstream-timeout' });
    await expect(withSpan('work', {}, () => Promise.reject(error))).rejects.toBe(error);
    await shutdown();
    expect(sink.named('work')[0]).toMatchObject({ status: 2, attributes: { 'error.type': 'upstream-timeout' } });
  });

  it('obeys a caller who does not sample, and hands on what came', async () => {
    sink = await OtlpSink.start();
    const { shutdown } = await start(sink.url);
    const parent = newTraceparent(false);
    const seen = await withSpan('work', { parent }, () => withSpan('part', {}, () => currentContext()));
    await shutdown();
    expect(seen).toMatchObject({ traceparent: parent, span: { isRecording: false } });
    expect(sink.spans).toEqual([]);
  });

  it('records of the traces that begin here as many as the rate allows, each of them whole', async () => {
    sink = await OtlpSink.start();
    const { shutdown } = await start(sink.url, { tracesPerSecond: 0.2 });
    const begun: (string | undefined)[] = [];
    for (let i = 0; i < 5; i++)
      await withSpan('whole', {}, () => withSpan('part', {}, () => void begun.push(currentContext()?.traceparent)));
    await shutdown();
    expect(begun.map((traceparent) => parseTraceparent(traceparent)?.sampled)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(sink.named('part').map(({ spanId }) => spanId)).toEqual(begun.slice(0, 2).map((one) => spanIdOf(one ?? '')));
    expect(sink.named('part').map(({ parentSpanId }) => parentSpanId)).toEqual(
      sink.named('whole').map(({ spanId }) => spanId),
    );
  });

  it('takes a fraction of a trace a second for one at first, and none for none', async () => {
    sink = await OtlpSink.start();
    const slow = await start(sink.url, { tracesPerSecond: 0.001 });
    for (const name of ['first', 'second']) startSpan(name).end();
    await slow.shutdown();
    const none = await start(sink.url, { tracesPerSecond: 0 });
    startSpan('never').end();
    await none.shutdown();
    expect(sink.spans.map(({ name }) => name)).toEqual(['first']);
  });

  it('spends nothing of the rate on what callers decided, or whoever begins a trace and knows', async () => {
    sink = await OtlpSink.start();
    const { shutdown } = await start(sink.url, { tracesPerSecond: 0.1 });
    for (const sampled of [true, false]) {
      startSpan(`told ${sampled}`, { parent: newTraceparent(sampled) }).end();
      startSpan(`knows ${sampled}`, { sampled }).end();
    }
    startSpan('asks').end();
    await shutdown();
    expect(sink.spans.map(({ name }) => name)).toEqual(['told true', 'knows true', 'asks']);
  });

  it('takes attributes as a function, and links to nothing that is not recorded', async () => {
    sink = await OtlpSink.start();
    const { shutdown } = await start(sink.url);
    const [recorded, not] = [newTraceparent(), newTraceparent(false)];
    const span = startSpan('work', { attributes: () => ({ n: 'v' }), links: [not, recorded] });
    span.addLink(not);
    span.end();
    await shutdown();
    expect(sink.named('work')[0]).toMatchObject({ attributes: { n: 'v' }, links: [spanIdOf(recorded)] });
  });

  it('SCR-3: a receiver that hangs costs the work nothing', async () => {
    sink = await OtlpSink.start({ blackHole: true });
    await start(sink.url, { exportTimeoutMs: 500 });
    const began = performance.now();
    for (let i = 0; i < 1_000; i++) await withSpan('work', {}, () => undefined);
    // One export that is waited for takes half a second: a thousand, minutes.
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('SCR-3: with the variant telemetry-inline it holds the work up', async () => {
    sink = await OtlpSink.start({ blackHole: true });
    await start(sink.url, { inline: true, exportTimeoutMs: 2_000 });
    const work = withSpan('work', {}, () => 'done');
    expect(await Promise.race([work, delay(300, SLOW)])).toBe(SLOW);
    await sink.stop();
    expect(await work).toBe('done');
  });

  it('the variant telemetry-inline has sent a span when its work is done', async () => {
    sink = await OtlpSink.start();
    const { stats } = await start(sink.url, { inline: true });
    await withSpan('work', {}, () => undefined);
    expect([sink.named('work').length, stats().exported]).toEqual([1, 1]);
  });

  it('counts what the receiver refuses, and says so once', async () => {
    sink = await OtlpSink.start({ status: 400 });
    const { shutdown, stats } = await start(sink.url);
    for (let i = 0; i < 600; i++) startSpan('work').end();
    await shutdown();
    expect(stats()).toEqual({ exported: 0, dropped: 0, failed: 600 });
    expect(warnings).toHaveLength(1);
  });

  it('SCR-9: shutdown sends what is left', async () => {
    sink = await OtlpSink.start();
    const { shutdown, stats } = await start(sink.url);
    for (let i = 0; i < 1_500; i++) startSpan('late').end();
    await shutdown();
    expect([sink.named('late').length, stats().exported]).toEqual([1_500, 1_500]);
  });

  it('SCR-9: shutdown does not wait for a receiver that hangs', async () => {
    sink = await OtlpSink.start({ blackHole: true });
    const { shutdown } = await start(sink.url, { exportTimeoutMs: 10_000 });
    startSpan('late').end();
    const began = performance.now();
    await shutdown();
    expect(performance.now() - began).toBeLessThan(2_400);
  });
});
