import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { BulkheadFull, CircuitOpen, FaultError, RetriesExhausted } from './faults.js';
import { breaker, busy, caught, down, never, policyOf, refusal, retry, settle } from './policy.mother.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe('a call', () => {
  it('passes an answer through', async () => {
    await expect(policyOf().policy.execute(async () => 42)).resolves.toBe(42);
  });

  it('CB-14: ends a try at its timeout, tells it through the signal and calls that upstream-timeout', async () => {
    let signal: AbortSignal | undefined;
    const { result, ms } = await settle(policyOf().policy.execute((given) => ((signal = given), never())));
    expect([result, signal?.aborted, ms]).toMatchObject([{ code: 'upstream-timeout', kind: 'timeout' }, true, 1_000]);
  });

  it('leaves the signal alone after an answer, because its body is still being read', async () => {
    const signal = await policyOf().policy.execute(async (given) => given);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(signal.aborted).toBe(false);
  });

  it('RTY-2: holds the deadline over all tries', async () => {
    const { policy } = policyOf({ retry, deadlineMs: 1_500 });
    const { result, ms } = await settle(policy.execute(never));
    expect([result, ms]).toEqual([expect.any(RetriesExhausted), 1_500]);
    expect(policy.state().tries).toBe(2);
  });

  it('holds the deadline of a call while it waits for a place', async () => {
    const { policy } = policyOf({ bulkhead: { concurrent: 1, queue: 1 } });
    void caught(policy.execute(never));
    const { result, ms } = await settle(policy.execute(never, { deadlineMs: 300 }));
    expect([result, ms, policy.state().tries]).toMatchObject([{ code: 'upstream-timeout' }, 300, 1]);
  });

  it('does not blame the other side for a try that had little time left after the wait for a place', async () => {
    const { policy } = policyOf({ breaker, bulkhead: { concurrent: 1, queue: 1 } });
    const slow = () => new Promise<void>((resolve) => setTimeout(resolve, 900));
    void policy.execute(slow);
    const { result, ms } = await settle(policy.execute(never, { deadlineMs: 1_000 }));
    expect([result, ms]).toMatchObject([{ code: 'upstream-timeout' }, 1_000]);
    expect(policy.state()).toMatchObject({ tries: 2, breaker: { window: { calls: 1, failures: 0 } } });
  });

  it.each(['under way', 'waiting', 'pausing'])(
    'of a caller who leaves is cancelled, with no harm done: %s',
    async (when) => {
      const { policy } = policyOf({ breaker, retry, bulkhead: { concurrent: 1, queue: 1 } });
      const caller = new AbortController();
      if (when === 'waiting') void caught(policy.execute(never, { retryable: false }));
      const waiting = caught(policy.execute(when === 'pausing' ? down : never, { signal: caller.signal }));
      await jest.advanceTimersByTimeAsync(20);
      caller.abort();
      expect(await waiting).toMatchObject({ code: 'call-cancelled' });
      await jest.advanceTimersByTimeAsync(5_000);
      expect(policy.state()).toMatchObject({
        outcomes: { cancelled: 1 },
        tries: 1,
        breaker: { window: when === 'waiting' ? { calls: 1, failures: 1 } : { calls: 0, failures: 0 } },
        bulkhead: { inUse: 0, queued: 0 },
      });
    },
  );
});

describe('the order of the composition', () => {
  it('BLK-7, CB-2: an open circuit refuses at once, though all places are taken, with the last cause', async () => {
    const { policy } = policyOf({ breaker, bulkhead: { concurrent: 4, queue: 10 } });
    const hanging = Array.from({ length: 4 }, () => caught(policy.execute(never)));
    const waiting = Array.from({ length: 10 }, () => caught(policy.execute(never, { deadlineMs: 9_000 })));
    expect((await settle(Promise.all(hanging))).ms).toBe(1_000);
    expect(policy.state().circuit).toBe('open');
    // Three got the places of those who failed before the fourth did; the others do not go on to wait.
    const sentAway = Promise.all(waiting.slice(3));
    expect((await settle(sentAway, 20)).result).toEqual(Array(7).fill(expect.any(CircuitOpen)));
    const { result, ms } = await settle(policy.execute(never), 5);
    expect([result, ms]).toEqual([expect.any(CircuitOpen), expect.any(Number)]);
    expect(result).toMatchObject({
      code: 'upstream-unavailable',
      retryAfterSeconds: 1,
      cause: { name: 'LimitReached' },
    });
    expect(policy.state()).toMatchObject({ tries: 7, outcomes: { failed: 4, open: 8 } });
  });

  it('BLK-7: nobody waits for a place any more when the circuit is held open', async () => {
    const { policy } = policyOf({ breaker, bulkhead: { concurrent: 1, queue: 2 } });
    const hanging = caught(policy.execute(never));
    const waiting = [1, 2].map(() => caught(policy.execute(never)));
    policy.circuit?.force('open');
    expect((await settle(Promise.all(waiting), 5)).result).toEqual(Array(2).fill(expect.any(CircuitOpen)));
    await settle(hanging);
  });

  it('BLK-7: a call keeps its place while it pauses, and the breaker judges what came of it in the end', async () => {
    const { policy } = policyOf({ breaker: { minimumCalls: 100 }, retry, bulkhead: { concurrent: 1 } });
    const first = caught(policy.execute(down));
    await jest.advanceTimersByTimeAsync(20);
    expect(await caught(policy.execute(down))).toBeInstanceOf(BulkheadFull);
    await settle(first);
    expect(policy.state()).toMatchObject({ tries: 3, breaker: { window: { calls: 1, failures: 2 } } });
    let tries = 0;
    await settle(policy.execute(() => (++tries < 3 ? down() : Promise.resolve('ok'))));
    expect(policy.state().breaker?.window).toEqual({ calls: 2, failures: 2 });
  });

  it('BLK-7: the limit of a try is inside the retry, the deadline outside', async () => {
    const { policy } = policyOf({ retry, timeoutMs: 200, deadlineMs: 5_000 });
    let tries = 0;
    const { result, ms } = await settle(policy.execute(() => (++tries === 1 ? never() : Promise.resolve('ok'))));
    expect([result, ms]).toEqual(['ok', 250]);
  });
});

describe('the breaker', () => {
  it('opens after failures, lets a trial through after its pause, and closes', async () => {
    const { policy, events } = policyOf({ breaker });
    for (let call = 0; call < 4; call++) await caught(policy.execute(down));
    expect(policy.state().circuit).toBe('open');
    await jest.advanceTimersByTimeAsync(1_000);
    await expect(policy.execute(async () => 'back')).resolves.toBe('back');
    expect(policy.state().circuit).toBe('closed');
    const told = events.flatMap((event) => (event.type === 'circuit' ? [event.change.to] : []));
    expect(told).toEqual(['open', 'half-open', 'closed']);
    expect(policy.state().changes).toEqual({ open: 1, 'half-open': 1, closed: 1 });
  });

  it('CB-3: lets others try when those who tried gave up', async () => {
    const { policy } = policyOf({ breaker: { ...breaker, trials: 2 } });
    for (let call = 0; call < 4; call++) await caught(policy.execute(down));
    await jest.advanceTimersByTimeAsync(1_000);
    const caller = new AbortController();
    const trials = [1, 2].map(() => caught(policy.execute(never, { signal: caller.signal })));
    expect(await caught(policy.execute(async () => 1))).toBeInstanceOf(CircuitOpen);
    caller.abort();
    await Promise.all(trials);
    expect(policy.state().circuit).toBe('half-open');
    await expect(policy.execute(async () => 'back')).resolves.toBe('back');
    expect(policy.state().circuit).toBe('closed');
  });

  it('CB-5: stays closed under refusals, which count as answers', async () => {
    const { policy } = policyOf({ breaker });
    for (let call = 0; call < 30; call++) await caught(policy.execute(() => Promise.reject(refusal)));
    expect(policy.state()).toMatchObject({ circuit: 'closed', outcomes: { ok: 30 } });
  });

  it('learns from answers too, which go to the caller all the same', async () => {
    const { policy } = policyOf({ breaker });
    const judge = (status: number) => (status === 503 ? ({ kind: 'busy' } as const) : undefined);
    for (let call = 0; call < 4; call++) expect(await policy.execute(async () => 503, { judge })).toBe(503);
    expect([policy.state().circuit, policy.state().outcomes.ok]).toEqual(['open', 4]);
  });

  it('CB-6, RTY-7: after a Retry-After nobody calls before it is over', async () => {
    const { policy } = policyOf({ breaker: { ...breaker, openMs: 10 }, retry: { ...retry, maxDelayMs: 5_000 } });
    const times: number[] = [];
    const once = () => (
      times.push(performance.now()),
      times.length === 1 ? Promise.reject(busy(2)) : Promise.resolve(1)
    );
    const first = settle(policy.execute(once));
    await jest.advanceTimersByTimeAsync(1_000);
    expect(await caught(policy.execute(once))).toMatchObject({
      name: 'CircuitOpen',
      retryAfterSeconds: 1,
      message: expect.stringContaining(' is failing; '),
    });
    expect((await first).result).toBe(1);
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(2_000);
  });

  it('CB-9: can be held open and let go', async () => {
    const { policy } = policyOf({ breaker });
    policy.circuit?.force('open');
    const refusal = await caught(policy.execute(async () => 1));
    expect(refusal).toBeInstanceOf(CircuitOpen);
    expect(refusal).toMatchObject({ message: expect.stringMatching(/ was opened by hand; calls to it are paused\.$/) });
    expect(policy.state().breaker).toMatchObject({ forced: 'open', lastChange: { reason: 'forced-open' } });
    policy.circuit?.reset();
    await expect(policy.execute(async () => 1)).resolves.toBe(1);
  });

  it('CB-11: a thousand calls at once are counted exactly, and opened for once', async () => {
    const { policy, events } = policyOf({ breaker: { ...breaker, minimumCalls: 900 } });
    const fail = (n: number) => () => (n % 2 === 0 ? down() : Promise.resolve(n));
    const all = await Promise.all(Array.from({ length: 1_000 }, (_, n) => caught(policy.execute(fail(n)))));
    expect(all.filter((error) => error !== undefined)).toHaveLength(500);
    expect(policy.state()).toMatchObject({ calls: 1_000, tries: 1_000, outcomes: { ok: 500, failed: 500, open: 0 } });
    expect(events.filter(({ type }) => type === 'circuit')).toHaveLength(1);
  });

  it('CB-13: where there is no answer the call site says what stands in for it', async () => {
    const { policy } = policyOf({ breaker });
    const fallback = (error: unknown) => (error instanceof CircuitOpen ? 'popular' : 'none');
    for (let call = 0; call < 4; call++) expect(await policy.execute(down, { fallback })).toBe('none');
    expect(await policy.execute(async () => 'own', { fallback })).toBe('popular');
    await expect(policyOf().policy.execute(() => Promise.reject(refusal), { fallback })).rejects.toBe(refusal);
    const gone = AbortSignal.abort();
    await expect(policy.execute(down, { fallback, signal: gone })).rejects.toThrow('gave up');
    expect(policy.state().fallbacks).toBe(5);
  });
});

describe('limits', () => {
  it('can be changed while calls are under way', async () => {
    const { policy } = policyOf({ breaker, retry, bulkhead: { concurrent: 1 } });
    void caught(policy.execute(never));
    policy.tune({
      timeoutMs: 100,
      breaker: { ...breaker, minimumCalls: 1 },
      retry: { ...retry, attempts: 0 },
      bulkhead: { concurrent: 2 },
    });
    const { result, ms } = await settle(policy.execute(never));
    expect([result, ms, policy.state().circuit]).toMatchObject([{ code: 'upstream-timeout' }, 100, 'open']);
  });

  it('BLK-9: it is told how many are under way and wait, were refused and how long they took', async () => {
    const { policy } = policyOf({ bulkhead: { concurrent: 1, queue: 1 } });
    const all = [1, 2, 3].map(() => caught(policy.execute(never, { timeoutMs: 250, deadlineMs: 1_000 })));
    expect(policy.state().bulkhead).toEqual({ inUse: 1, queued: 1, places: 1 });
    await settle(Promise.all(all));
    const { outcomes, seconds, bulkhead } = policy.state();
    expect([outcomes.full, outcomes.failed, bulkhead]).toEqual([1, 2, { inUse: 0, queued: 0, places: 1 }]);
    expect([seconds.count, Math.round(seconds.sum * 100)]).toEqual([2, 75]);
    expect(Object.fromEntries(seconds.buckets)).toMatchObject({ 0.1: 0, 0.25: 1, 0.5: 2, Infinity: 2 });
  });

  it('takes other mechanisms in place of its own', async () => {
    const mechanisms = { retry: { called: () => undefined, next: () => 0 } };
    const { policy } = policyOf({ retry, mechanisms });
    let tries = 0;
    expect(await policy.execute(() => (++tries < 50 ? down() : Promise.resolve(tries)))).toBe(50);
  });

  it('policies without any of it have a state too', () => {
    expect(policyOf().policy.state()).toMatchObject({ circuit: 'closed', breaker: undefined, bulkhead: undefined });
    expect(policyOf().policy.circuit).toBeUndefined();
    expect(() => policyOf({ breaker: { trials: 1, successes: 2 } })).toThrow(RangeError);
    expect(new FaultError('timeout', 'upstream-timeout', 'x').retryAfterSeconds).toBeUndefined();
  });
});
