import { describe, expect, it } from '@jest/globals';
import { createLogger } from './logger.js';
import { currentContext, runInContext } from './request-context.js';
import { newTraceparent, parseTraceparent } from './traceparent.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const NOTHING = `00-${'0'.repeat(32)}-${'0'.repeat(16)}-00`;

describe('traceparent', () => {
  it('begins traces of its own, sampled or not', () => {
    const begun = [newTraceparent(), newTraceparent(false)];
    expect(begun.map((value) => parseTraceparent(value)?.sampled)).toEqual([true, false]);
    expect(begun.map((value) => value.replaceAll(/[1-9a-f]/g, '0'))).toEqual(begun.map(() => NOTHING));
  });

  it('begins no trace twice, however many there are', () => {
    const begun = Array.from({ length: 1_000 }, () => parseTraceparent(newTraceparent()));
    expect(new Set(begun.flatMap((one) => [one?.traceId, one?.spanId])).size).toBe(2_000);
  });

  it.each([
    '',
    'garbage',
    `ff-${TRACE}-b7ad6b7169203331-01`,
    `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    `00-${TRACE}-b7ad6b7169203331-01-x`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
  ])('ignores %j', (value) => expect(parseTraceparent(value)).toBeUndefined());

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
