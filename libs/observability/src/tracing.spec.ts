import { describe, expect, it } from '@jest/globals';
import { currentContext, runInContext } from './request-context.js';
import { startTelemetry } from './telemetry.js';
import { newTraceparent, parseTraceparent } from './traceparent.js';
import { currentSpan, startSpan, withSpan } from './tracing.js';

const traceOf = (traceparent: string | undefined) => parseTraceparent(traceparent)?.traceId;

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

describe('spans that nobody records', () => {
  it('hand the caller on as it came', async () => {
    const parent = newTraceparent();
    const telemetry = await startTelemetry({
      serviceName: 'x',
      endpoint: undefined,
      tracesPerSecond: Infinity,
      logger: { warn: () => undefined },
    });
    const seen = await withSpan('outer', { parent }, () => withSpan('inner', {}, () => currentContext()));
    expect(seen).toMatchObject({ traceparent: parent, traceId: traceOf(parent) });
    expect(telemetry.stats()).toEqual({ exported: 0, dropped: 0, failed: 0 });
  });

  it('begin a trace where there is none, and do not claim that it is recorded', () => {
    for (const parent of [undefined, '', 'garbage', `00-${TRACE}-${SPAN}-01-x`]) {
      const { traceparent, isRecording } = startSpan('work', { parent });
      expect(parseTraceparent(traceparent)).toMatchObject({
        traceId: expect.not.stringContaining(TRACE),
        sampled: false,
      });
      expect(isRecording).toBe(false);
    }
    expect(currentSpan()).toBeUndefined();
  });

  it('hand on of a later version what we know of it', () => {
    expect(startSpan('work', { parent: `01-${TRACE}-${SPAN}-03-new` }).traceparent).toBe(`00-${TRACE}-${SPAN}-01`);
    expect(startSpan('work', { parent: `01-${TRACE}-${SPAN}-02` }).traceparent).toBe(`01-${TRACE}-${SPAN}-02`);
  });

  it('are one for a whole and its parts, and never ask what would be said of them', async () => {
    const attributes = () => {
      throw new Error('asked');
    };
    const [outer, inner] = await withSpan('outer', { attributes }, (span) => [
      span,
      startSpan('inner', { attributes }),
    ]);
    expect(inner).toBe(outer);
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

  it('is another for a part that correlates with something else', async () => {
    const seen = await withSpan('outer', {}, () => withSpan('inner', { correlationId: 'c-3' }, () => currentContext()));
    expect([seen?.correlationId, seen?.traceId]).toEqual(['c-3', traceOf(seen?.traceparent)]);
  });

  it('ends with the work', async () => {
    await withSpan('work', {}, () => undefined);
    expect(currentContext()).toBeUndefined();
  });
});
