import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { RetriesExhausted } from './faults.js';
import { breaker, caught, down, never, policyOf, refusal, retry, settle } from './policy.mother.js';
import type { ExecuteOptions } from './resilient.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe('the retry', () => {
  const faults: [string, () => Promise<never>, number][] = [
    ['refused', down, 3],
    ['reset', () => Promise.reject(Object.assign(new Error('reset'), { code: 'ECONNRESET' })), 3],
    ['timeout', never, 3],
    ['busy', () => Promise.reject(Object.assign(new Error('busy'), { kind: 'unavailable' })), 3],
    ['failed', () => Promise.reject(new Error('?')), 3],
    ['a refusal', () => Promise.reject(refusal), 1],
  ];

  it.each(
    faults.flatMap(([what, fail, tries]) => [
      [what, 'may be repeated', {}, tries, fail] as const,
      [what, 'must not be repeated', { retryable: false }, 1, fail] as const,
      [what, 'may be repeated once', { attempts: 1 }, Math.min(2, tries), fail] as const,
    ]),
  )('RTY-4, RTY-12: %s, in a call that %s (%j): %i tries', async (_fault, _what, call: ExecuteOptions, tries, fail) => {
    const { policy } = policyOf({ retry });
    const { result } = await settle(policy.execute<unknown>(fail, call));
    expect(policy.state().tries).toBe(tries);
    expect(result instanceof RetriesExhausted).toBe(tries > 1);
  });

  it('RTY-12: two callers who fail at the same time do not share tries', async () => {
    const { policy } = policyOf({ retry });
    let fails = 3;
    const flaky = () => (fails-- > 0 ? down() : Promise.resolve('ok'));
    const { result } = await settle(Promise.all([policy.execute(flaky), policy.execute(flaky)]));
    expect([result, policy.state().tries]).toEqual([['ok', 'ok'], 5]);
  });

  it('RTY-9: is told with its cause and counted, also when the call ends well', async () => {
    const { policy, events } = policyOf({ retry });
    let tries = 0;
    await settle(policy.execute(() => (++tries < 3 ? down() : Promise.resolve('ok'))));
    expect(events).toEqual(
      [
        [1, 50],
        [2, 100],
      ].map(([attempt, delayMs]) => ({
        name: 'x',
        type: 'retry',
        attempt,
        delayMs,
        fault: { kind: 'unreachable' },
        error: expect.objectContaining({ code: 'ECONNREFUSED' }),
      })),
    );
    expect(policy.state()).toMatchObject({ retries: 2, retriesBy: { unreachable: 2 }, outcomes: { ok: 1 } });
  });

  it('RTY-11: says by its type that nothing helped, how often it was tried and what came last', async () => {
    const { policy, events } = policyOf({ retry });
    const { result } = await settle(policy.execute(down));
    expect(result).toMatchObject({ attempts: 3, exhausted: 'attempts', cause: { code: 'ECONNREFUSED' } });
    expect(events.at(-1)).toMatchObject({ type: 'failed', error: result });
  });

  it('RTY-7: stops when the circuit opens meanwhile', async () => {
    const { policy } = policyOf({ breaker, retry });
    const pausing = caught(policy.execute(down));
    await jest.advanceTimersByTimeAsync(10);
    policy.circuit?.force('open');
    expect((await settle(pausing)).result).toMatchObject({ exhausted: 'circuit', attempts: 1 });
    expect(policy.state().tries).toBe(1);
  });

  it('RTY-7, CB-3: does not repeat a trial', async () => {
    const { policy } = policyOf({ breaker, retry });
    for (let call = 0; call < 4; call++) await caught(policy.execute(down, { retryable: false }));
    await jest.advanceTimersByTimeAsync(1_000);
    const { result, ms } = await settle(policy.execute(down));
    expect(ms).toBeLessThan(50);
    expect([result, policy.state().circuit]).toMatchObject([{ exhausted: 'circuit', attempts: 1 }, 'open']);
    expect(policy.state().tries).toBe(5);
  });

  it('RTY-6: three layers of which one tries again call three times, not twenty-seven', async () => {
    const layers = (...all: boolean[]) => {
      const policies = all.map(
        (tries) => policyOf({ timeoutMs: 10_000, ...(tries && { retry: { ...retry, budgetMinimum: 99 } }) }).policy,
      );
      let reached = 0;
      const last = () => ((reached += 1), down());
      const call = policies.reduceRight<() => Promise<never>>((inner, policy) => () => policy.execute(inner), last);
      return settle(call()).then(() => reached);
    };
    expect(await layers(false, false, true)).toBe(3);
    // What it would be otherwise: the reason for the rule.
    expect(await layers(true, true, true)).toBe(27);
  });

  it('RTY-8: in an outage of a minute the upstream hears 1.1 times what the callers ask at most', async () => {
    const { policy } = policyOf({ retry: { attempts: 2, baseDelayMs: 20, maxDelayMs: 50 } });
    for (let call = 0; call < 12_000; call++) {
      void caught(policy.execute(down));
      await jest.advanceTimersByTimeAsync(5);
    }
    const { calls, tries } = policy.state();
    expect([calls, tries / calls <= 1.1, tries / calls > 1.05]).toEqual([12_000, true, true]);
  });
});
