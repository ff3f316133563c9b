import { describe, expect, it } from '@jest/globals';
import type { Fault, FaultKind } from './faults.js';
import { type Failure, Retry, RetryBudget, type RetryOptions } from './retry.js';

const options = { attempts: 3, baseDelayMs: 100, maxDelayMs: 1_000 };
const rule = (extra: Partial<RetryOptions> = {}, random = () => 0.5): Retry =>
  new Retry({ ...options, ...extra }, random);
const failed = (kind: FaultKind, extra: Partial<Failure> & { retryAfterMs?: number } = {}): Failure => {
  const { retryAfterMs, ...rest } = extra;
  const fault: Fault = retryAfterMs === undefined ? { kind } : { kind, retryAfterMs };
  return { fault, error: new Error(kind), attempt: 1, attempts: Infinity, leftMs: 60_000, ...rest };
};

describe('a retry', () => {
  it.each<[FaultKind, (number | string)[]]>([
    ['reset', [0, 100, 200, 'attempts']],
    ['unreachable', [50, 100, 200, 'attempts']],
    ['timeout', [50, 100, 200, 'attempts']],
    ['busy', [50, 100, 200, 'attempts']],
    ['failed', [50, 100, 200, 'attempts']],
  ])('RTY-1, RTY-3: after %s comes so much later: %j', (kind, delays) => {
    const retry = rule();
    expect(delays.map((_, n) => retry.next(failed(kind, { attempt: n + 1 }), 0))).toEqual(delays);
  });

  it('RTY-2: waits a random part of a time that grows up to its cap', () => {
    const spread = [0, 0.25, 0.999].map((random) => rule({}, () => random).next(failed('busy', { attempt: 3 }), 0));
    expect(spread).toEqual([0, 100, 399.6]);
    expect(rule({ attempts: 9 }, () => 1).next(failed('busy', { attempt: 9 }), 0)).toBe(1_000);
  });

  it('RTY-3: never before a Retry-After is over, not everybody at its first millisecond, and not at all if it is too long', () => {
    const after = (retryAfterMs: number, random: number) =>
      rule({}, () => random).next(failed('busy', { retryAfterMs }), 0);
    expect([after(500, 0), after(500, 0.5), after(1_000, 0), after(1_001, 0)]).toEqual([501, 551, 1_001, 'deadline']);
  });

  it('RTY-2: is not begun when nobody would wait for its end', () => {
    expect(rule().next(failed('busy', { leftMs: 51 }), 0)).toBe(50);
    expect(rule().next(failed('busy', { leftMs: 50 }), 0)).toBe('deadline');
  });

  it('RTY-4, RTY-5: takes fewer tries when a call asks for fewer, never more, and only for what is worth one', () => {
    expect(rule().next(failed('busy', { attempts: 0 }), 0)).toBe('refused');
    expect(rule().next(failed('busy', { attempts: 1, attempt: 2 }), 0)).toBe('attempts');
    expect(rule().next(failed('busy', { attempts: 99, attempt: 4 }), 0)).toBe('attempts');
    expect(rule({ attempts: 0 }).next(failed('busy'), 0)).toBe('refused');
    const picky = rule({ retryOn: (error, { kind }) => kind === 'reset' && error instanceof Error });
    expect([picky.next(failed('busy'), 0), picky.next(failed('reset'), 0)]).toEqual(['refused', 0]);
  });

  it('RTY-8: stays within its budget, which can be changed', () => {
    const retry = rule({ budgetMinimum: 1 });
    expect([retry.next(failed('busy'), 0), retry.next(failed('busy'), 0)]).toEqual([50, 'budget']);
    retry.tune({ ...options, budgetMinimum: 2 });
    expect([retry.next(failed('busy'), 0), retry.next(failed('busy'), 0)]).toEqual([50, 'budget']);
  });
});

describe('the budget of retries', () => {
  const taken = (budget: RetryBudget, now: number, wanted: number): number =>
    Array.from({ length: wanted }, () => budget.tryTake(now, 10, 5)).filter(Boolean).length;
  const called = (budget: RetryBudget, now: number, calls: number): void => {
    for (let call = 0; call < calls; call++) budget.called(now);
  };

  it('RTY-8: is a tenth of the calls of the last ten seconds, and a few for who hardly calls', () => {
    const budget = new RetryBudget();
    called(budget, 0, 200);
    expect(taken(budget, 0, 100)).toBe(20);
    expect(taken(budget, 9_000, 100)).toBe(0);
    expect(taken(budget, 11_000, 100)).toBe(5);
  });

  it('RTY-8: in an outage of a minute, 200 calls a second become 1.1 times as many at most', () => {
    const budget = new RetryBudget();
    let [calls, retries] = [0, 0];
    for (let now = 0; now < 60_000; now += 5) {
      calls += 1;
      budget.called(now);
      if (budget.tryTake(now, 10, 5)) retries += 1;
    }
    expect((calls + retries) / calls).toBeLessThanOrEqual(1.1);
    expect((calls + retries) / calls).toBeGreaterThan(1.09);
  });
});
