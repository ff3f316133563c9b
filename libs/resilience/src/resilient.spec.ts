import { describe, expect, it } from '@jest/globals';
import { FaultError } from './faults.js';
import { resilient } from './resilient.js';

const retry = { attempts: 2, baseDelayMs: 1, maxDelayMs: 5 };
const down = (): Promise<never> => Promise.reject(new FaultError('unavailable', 'upstream-unavailable', 'down'));
const refusal = Object.assign(new Error('no such thing'), { code: 'unknown-sku', kind: 'not-found' });
const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('resilient', () => {
  it('passes an answer through', async () => {
    await expect(resilient({ name: 'x', timeoutMs: 100 }).execute(async () => 42)).resolves.toBe(42);
  });

  it('retries a fault and gives the answer of a later try', async () => {
    const policy = resilient({ name: 'x', timeoutMs: 100, retry });
    let tries = 0;
    await expect(policy.execute(async () => (++tries < 3 ? down() : 'ok'))).resolves.toBe('ok');
    expect(policy.state()).toMatchObject({ calls: 1, retries: 2 });
  });

  it.each([
    ['a refusal', () => Promise.reject(refusal), {}],
    ['a call that must not be repeated', down, { retryable: false }],
  ])('never retries %s', async (_what, fn, call) => {
    const policy = resilient({ name: 'x', timeoutMs: 100, retry });
    let tries = 0;
    await caught(policy.execute(() => (tries++, fn()), call));
    expect(tries).toBe(1);
  });

  it('keeps retries below the budget when everything fails', async () => {
    const policy = resilient({ name: 'x', timeoutMs: 100, retry, random: () => 0 });
    for (let call = 0; call < 200; call++) await caught(policy.execute(down));
    expect(policy.state().retries).toBeLessThanOrEqual(25);
    expect(policy.state().retries).toBeGreaterThanOrEqual(20);
  });

  it('ends a try at its timeout, tells it through the signal and calls that upstream-timeout', async () => {
    let signal: AbortSignal | undefined;
    const never = (given: AbortSignal): Promise<never> => ((signal = given), new Promise(() => undefined));
    const error = await caught(resilient({ name: 'x', timeoutMs: 10 }).execute(never));
    expect(error).toMatchObject({ code: 'upstream-timeout', kind: 'timeout' });
    expect(signal?.aborted).toBe(true);
  });

  it('tries again when a try hangs, within its deadline', async () => {
    const policy = resilient({ name: 'x', timeoutMs: 20, deadlineMs: 5_000, retry });
    let tries = 0;
    await expect(
      policy.execute(() => (++tries === 1 ? new Promise<never>(() => undefined) : Promise.resolve(tries))),
    ).resolves.toBe(2);
  });

  it('waits as long as it was asked to before it tries again, within its own limit', async () => {
    const policy = resilient({ name: 'x', timeoutMs: 1_000, retry: { ...retry, maxDelayMs: 200 }, random: () => 0 });
    let tries = 0;
    const busy = (): Promise<never> =>
      Promise.reject(new FaultError('unavailable', 'upstream-unavailable', 'busy', 60));
    const started = performance.now();
    await policy.execute(() => (++tries === 1 ? busy() : Promise.resolve('ok')));
    expect(performance.now() - started).toBeGreaterThanOrEqual(190);
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it('takes fewer tries when a call asks for fewer, and never more than configured', async () => {
    const policy = resilient({ name: 'x', timeoutMs: 100, retry, random: () => 0 });
    const triesWith = async (attempts: number): Promise<number> => {
      let tries = 0;
      await caught(policy.execute(() => (tries++, down()), { attempts }));
      return tries;
    };
    expect([await triesWith(0), await triesWith(1), await triesWith(99)]).toEqual([1, 2, retry.attempts + 1]);
  });

  it('leaves the signal alone after an answer, because its body is still being read', async () => {
    const signal = await resilient({ name: 'x', timeoutMs: 50 }).execute(async (given) => given);
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(signal.aborted).toBe(false);
  });

  it('holds the deadline over all tries', async () => {
    const policy = resilient({ name: 'x', timeoutMs: 1_000, deadlineMs: 20, retry });
    const started = performance.now();
    expect(await caught(policy.execute(() => new Promise(() => undefined)))).toMatchObject({
      code: 'upstream-timeout',
    });
    expect(performance.now() - started).toBeLessThan(500);
  });

  it('opens the circuit after failures, then lets one call try again and closes', async () => {
    const policy = resilient({ name: 'x', timeoutMs: 100, breaker: { minimumCalls: 4, halfOpenAfterMs: 20 } });
    for (let call = 0; call < 4; call++) await caught(policy.execute(down));
    expect(policy.state().circuit).toBe('open');
    let called = false;
    const error = await caught(policy.execute(async () => (called = true)));
    expect([called, error]).toEqual([
      false,
      expect.objectContaining({ code: 'upstream-unavailable', retryAfterSeconds: 1 }),
    ]);
    await new Promise((resolve) => setTimeout(resolve, 30));
    await expect(policy.execute(async () => 'back')).resolves.toBe('back');
    expect(policy.state().circuit).toBe('closed');
  });

  it('keeps the circuit closed under refusals', async () => {
    const policy = resilient({ name: 'x', timeoutMs: 100, breaker: { minimumCalls: 4 } });
    for (let call = 0; call < 30; call++) await caught(policy.execute(() => Promise.reject(refusal)));
    expect(policy.state().circuit).toBe('closed');
  });

  it('keeps the circuit closed and does not retry when callers give up', async () => {
    const policy = resilient({ name: 'x', timeoutMs: 1_000, breaker: { minimumCalls: 4 }, retry });
    let tries = 0;
    for (let call = 0; call < 10; call++) {
      const caller = new AbortController();
      const waiting = caught(policy.execute(() => (tries++, new Promise(() => undefined)), { signal: caller.signal }));
      setImmediate(() => caller.abort());
      expect(await waiting).toBeInstanceOf(Error);
    }
    expect([policy.state().circuit, tries]).toEqual(['closed', 10]);
  });

  it('refuses what the bulkhead cannot hold', async () => {
    const policy = resilient({ name: 'x', timeoutMs: 200, bulkhead: { concurrent: 1, queue: 0 } });
    const slow = policy.execute(() => new Promise((resolve) => setTimeout(resolve, 30)));
    expect(await caught(policy.execute(async () => 1))).toMatchObject({
      code: 'upstream-overloaded',
      kind: 'unavailable',
    });
    await slow;
    await expect(policy.execute(async () => 2)).resolves.toBe(2);
  });
});
