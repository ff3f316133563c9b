import { describe, expect, it } from '@jest/globals';
import { currentContext, runInContext } from './request-context.js';
import { startTelemetry } from './telemetry.js';
import { newTraceparent, parseTraceparent } from './traceparent.js';
import { currentSpan, startSpan, withSpan } from './tracing.js';

const traceOf = (traceparent: string | undefined) => parseTraceparent(traceparent)?.traceId;

describe('spans that nobody records', () => {
  it('hand the trace on all the same', async () => {
    const parent = newTraceparent();
    const telemetry = await startTelemetry({
      serviceName: 'x',
      endpoint: undefined,
      logger: { warn: () => undefined },
    });
    const seen = await withSpan('outer', { parent }, () => withSpan('inner', {}, () => currentContext()));
    expect(seen?.traceId).toBe(traceOf(parent));
    expect(seen?.traceparent).not.toBe(parent);
    expect(telemetry.stats()).toEqual({ exported: 0, dropped: 0, failed: 0 });
  });

  it('begin a trace where there is none', async () => {
    expect(traceOf(startSpan('work').traceparent)).toMatch(/^[0-9a-f]{32}$/);
    expect(currentSpan()).toBeUndefined();
  });
});

describe('the context of a span', () => {
  const context = { traceparent: newTraceparent(), traceId: 't', correlationId: 'c-1', deadline: 7 };

  it('is the current one with another span', async () => {
    const seen = await runInContext(context, () => withSpan('work', {}, (span) => ({ ...currentContext(), span })));
    expect(seen).toMatchObject({ correlationId: 'c-1', deadline: 7, traceId: traceOf(context.traceparent) });
    expect(seen.traceparent).toBe(seen.span.traceparent);
  });

  it('takes the correlation it is told, else it is its trace that correlates', async () => {
    expect(await withSpan('work', { correlationId: 'c-2' }, () => currentContext()?.correlationId)).toBe('c-2');
    const alone = await withSpan('work', {}, () => currentContext());
    expect(alone?.correlationId).toBe(alone?.traceId);
  });

  it('ends with the work', async () => {
    await withSpan('work', {}, () => undefined);
    expect(currentContext()).toBeUndefined();
  });
});
