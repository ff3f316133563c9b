import { describe, expect, it } from '@jest/globals';
import { HealthRegistry } from './health-registry.js';
import { isNetworkFault, retryUntilUp } from './retry-until-up.js';

describe('health registry', () => {
  it('is ready without checks', async () => {
    expect(await new HealthRegistry().report()).toEqual({ ready: true, checks: {} });
  });

  it('is ready only when every check passes, and names the one that does not', async () => {
    const health = new HealthRegistry();
    health.addReadiness('postgres', async () => undefined);
    health.addReadiness('kafka', async () =>
      Promise.reject(Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' })),
    );
    expect(await health.report()).toEqual({
      ready: false,
      checks: {
        postgres: { ok: true, ms: expect.any(Number) },
        kafka: { ok: false, ms: expect.any(Number), error: 'ECONNREFUSED' },
      },
    });
  });

  it('asks at most once a second, however often it is asked', async () => {
    const health = new HealthRegistry();
    let asked = 0;
    health.addReadiness('postgres', async () => void (asked += 1));
    await Promise.all(Array.from({ length: 50 }, () => health.report(1_000)));
    await health.report(1_999);
    expect(asked).toBe(1);
    await health.report(2_000);
    expect(asked).toBe(2);
  });
});

describe('retry until up', () => {
  const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });

  it('goes on while the fault is worth it', async () => {
    const failures: unknown[] = [];
    let tries = 0;
    const attempt = async () => (++tries < 2 ? Promise.reject(refused) : 'up');
    expect(await retryUntilUp(attempt, { worthIt: isNetworkFault, onFailure: (error) => failures.push(error) })).toBe(
      'up',
    );
    expect(failures).toEqual([refused]);
  });

  it('ends at once for a bug', async () => {
    const bug = new TypeError('x is not a function');
    await expect(
      retryUntilUp(() => Promise.reject(bug), { worthIt: isNetworkFault, onFailure: () => undefined }),
    ).rejects.toBe(bug);
  });

  it('ends when told to stop', async () => {
    const stop = new AbortController();
    const forever = retryUntilUp(() => Promise.reject(refused), {
      worthIt: isNetworkFault,
      onFailure: () => stop.abort(),
      signal: stop.signal,
    });
    await expect(forever).rejects.toBe(refused);
  });

  it.each<[unknown, boolean]>([
    [refused, true],
    [Object.assign(new AggregateError([refused]), { code: 'X' }), true],
    [new Error('wrapped', { cause: refused }), true],
    [Object.assign(new Error('starting up'), { code: '57P03' }), true],
    [Object.assign(new Error('no such table'), { code: '42P01' }), false],
    [Object.assign(new Error('in use'), { code: 'EADDRINUSE' }), false],
    [Object.assign(new Error('too slow'), { code: 'UND_ERR_CONNECT_TIMEOUT' }), true],
    [Object.assign(new Error('no origin'), { code: 'UND_ERR_INVALID_ARG' }), false],
    ['text', false],
  ])('%s is a network fault: %s', (error, expected) => {
    expect(isNetworkFault(error)).toBe(expected);
  });
});
