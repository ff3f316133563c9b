import { describe, expect, it } from '@jest/globals';
import { createLogger } from './logger.js';
import { currentContext, runInContext } from './request-context.js';
import { childTraceparent, newTraceparent, parseTraceparent } from './traceparent.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';

describe('traceparent', () => {
  it('keeps the trace and the sampling decision in a child', () => {
    const child = childTraceparent(`00-${TRACE}-b7ad6b7169203331-00`);
    expect(parseTraceparent(child)).toMatchObject({ traceId: TRACE, sampled: false });
    expect(child).not.toContain('b7ad6b7169203331');
  });

  it.each([
    '',
    'garbage',
    `ff-${TRACE}-b7ad6b7169203331-01`,
    `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    `00-${TRACE}-b7ad6b7169203331-01-x`,
  ])('ignores %j and starts a new trace', (value) => {
    expect(parseTraceparent(value)).toBeUndefined();
    const fresh = parseTraceparent(childTraceparent(value));
    expect(fresh?.traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
    expect(fresh?.traceId).not.toBe(TRACE);
  });

  it('accepts a later version with more fields', () => {
    expect(parseTraceparent(`01-${TRACE}-b7ad6b7169203331-01-new`)?.traceId).toBe(TRACE);
  });
});

describe('logger', () => {
  const linesOf = (write: (log: ReturnType<typeof createLogger>) => void): Record<string, unknown>[] => {
    const lines: string[] = [];
    write(createLogger({ name: 'order', level: 'info', destination: { write: (line) => lines.push(line) } }));
    return lines.map((line) => JSON.parse(line));
  };

  it('adds trace and correlation id of the context it is called in', async () => {
    const context = { traceparent: newTraceparent(), traceId: TRACE, correlationId: 'c-1' };
    const [inside, outside] = linesOf((log) => {
      runInContext(context, () => log.info('in'));
      log.info('out');
    });
    expect(inside).toMatchObject({ name: 'order', msg: 'in', traceId: TRACE, correlationId: 'c-1' });
    expect(outside).not.toHaveProperty('traceId');
  });

  it('masks secrets', () => {
    const text = JSON.stringify(
      linesOf((log) =>
        log.info({
          token: 'S1',
          headers: { authorization: 'S2' },
          req: { headers: { cookie: 'S3', 'set-cookie': 'S4' } },
          password: 'S5',
        }),
      ),
    );
    expect(text).not.toMatch(/S\d/);
  });
});

describe('request context', () => {
  it('survives awaits and does not leak', async () => {
    const context = { traceparent: newTraceparent(), traceId: TRACE, correlationId: 'c-2' };
    const seen = await runInContext(context, async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return currentContext()?.correlationId;
    });
    expect([seen, currentContext()]).toEqual(['c-2', undefined]);
  });
});
