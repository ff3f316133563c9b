import { describe, expect, it } from '@jest/globals';
import { Lab, REFUSED, TIMEOUT, why } from './circuit-breaker.mother.js';
import type { BreakerOptions } from './circuit-breaker.js';

const opened = (options: BreakerOptions = {}): Lab => {
  const lab = new Lab(options);
  lab.calls(10, TIMEOUT);
  return lab;
};

describe('a closed circuit', () => {
  it('CB-1: opens at so many failures in the window, and not at as many that are spread wider', () => {
    const dense = new Lab({ windowMs: 10_000 });
    const sparse = new Lab({ windowMs: 10_000 });
    for (let call = 0; call < 10; call++) {
      dense.pass(900).call(TIMEOUT);
      sparse.pass(1_200).call(TIMEOUT);
    }
    expect([dense.circuit, sparse.circuit]).toEqual(['open', 'closed']);
    sparse.pass(11_000).calls(9, TIMEOUT);
    expect(sparse.circuit).toBe('closed');
    sparse.calls(1, TIMEOUT);
    expect(sparse.circuit).toBe('open');
  });

  it.each([
    [0.5, 6, 5, 'closed'],
    [0.5, 5, 5, 'open'],
    [0.2, 9, 2, 'closed'],
    [0.2, 8, 2, 'open'],
    [1, 1, 10, 'closed'],
  ])(
    'CB-1: at a ratio of %d, %i successes and %i failures leave it %s',
    (failureRatio, successes, failures, circuit) => {
      const lab = new Lab({ failureRatio });
      lab.calls(successes);
      lab.calls(failures, TIMEOUT);
      expect(lab.circuit).toBe(circuit);
    },
  );

  describe('to a service that was well for long, asked 200 times a second', () => {
    const busy = (options: BreakerOptions = {}): Lab => {
      const lab = new Lab({ windowMs: 10_000, ...options });
      for (let call = 0; call < 2_000; call++) lab.pass(5).call();
      return lab;
    };
    const openAfterMs = (lab: Lab, call: (nth: number) => unknown): number => {
      const begun = lab.now;
      for (let nth = 1; lab.circuit === 'closed'; nth++) {
        lab.pass(5);
        call(nth);
      }
      return lab.now - begun;
    };

    it('CB-1: opens after a twentieth of the window with nothing but failures', () => {
      const lab = busy();
      expect(openAfterMs(lab, () => lab.call(TIMEOUT))).toBe(505);
      expect(lab.changes).toMatchObject([{ to: 'open', reason: 'failures' }]);
    });

    it('CB-1: opens by the window where one of a hundred is still answered', () => {
      const lab = busy();
      expect(openAfterMs(lab, (nth) => lab.call(nth % 100 === 0 ? undefined : TIMEOUT))).toBeGreaterThan(5_000);
    });

    it('CB-1: stays closed when many fail in one moment, and when few fail for long', () => {
      const pause = busy();
      pause.calls(64, TIMEOUT);
      pause.pass(600).call();
      pause.calls(9, TIMEOUT);
      pause.pass(600).calls(1);
      const quiet = busy();
      for (let call = 0; call < 9; call++) quiet.pass(100).call(TIMEOUT);
      expect([pause.circuit, quiet.circuit]).toEqual(['closed', 'closed']);
      quiet.call(TIMEOUT);
      expect(quiet.circuit).toBe('open');
    });

    it('CB-1: forgets a run whose failures are older than the window', () => {
      const lab = busy();
      lab.calls(9, TIMEOUT);
      lab.pass(9_000).calls(100);
      lab.calls(9, TIMEOUT);
      lab.pass(11_000).calls(9, TIMEOUT);
      expect(lab.circuit).toBe('closed');
    });
  });

  it('CB-1: says nothing about fewer calls than the minimum', () => {
    const lab = new Lab({ minimumCalls: 10 });
    lab.calls(9, TIMEOUT);
    expect(lab.circuit).toBe('closed');
  });

  it('CB-5: a refused connection weighs more than a timeout, a healthy answer nothing', () => {
    const [refused, late] = [new Lab(), new Lab()];
    for (const [lab, fault] of [[refused, REFUSED] as const, [late, TIMEOUT] as const]) {
      lab.calls(9);
      lab.calls(3, fault);
    }
    expect([refused.circuit, late.circuit]).toEqual(['open', 'closed']);
    const own = new Lab({ weights: { timeout: 4 } });
    own.calls(9);
    own.calls(2, TIMEOUT);
    expect(own.circuit).toBe('open');
  });

  it('CB-6: opens at once when it is asked for a pause, for that long at least', () => {
    const lab = new Lab({ openMs: 1_000 });
    lab.call({ kind: 'busy', retryAfterMs: 7_000 });
    expect([lab.circuit, lab.pauseMs(), lab.changes[0]?.reason]).toEqual(['open', 7_000, 'retry-after']);
    const short = new Lab({ openMs: 1_000 });
    short.call({ kind: 'busy', retryAfterMs: 10 });
    expect(short.pauseMs()).toBe(1_000);
    const mere = new Lab();
    mere.call({ kind: 'busy' });
    expect(mere.circuit).toBe('closed');
  });

  it('CB-6: no pause is longer than the cap, and one that is asked for late still holds', () => {
    const lab = new Lab({ maxOpenMs: 5_000 });
    const late = lab.breaker.admit(lab.now) ?? 0;
    lab.call({ kind: 'busy', retryAfterMs: 3_600_000 });
    expect(lab.pauseMs()).toBe(5_000);
    lab.pass(2_000).breaker.record(lab.now, late, { kind: 'busy', retryAfterMs: 4_000 });
    expect([lab.pauseMs(), lab.changes.length]).toEqual([4_000, 1]);
    lab.breaker.record(lab.now, late, { kind: 'busy', retryAfterMs: 3_600_000 });
    expect(lab.pauseMs()).toBe(5_000);
  });

  it('CB-11: counts a thousand calls under way at once exactly', () => {
    const lab = new Lab({ minimumCalls: 2_000 });
    const permits = Array.from({ length: 1_000 }, () => lab.breaker.admit(lab.now) ?? 0);
    permits.forEach((permit, n) => lab.breaker.record(lab.now, permit, n % 4 === 0 ? TIMEOUT : undefined));
    expect(lab.breaker.state(lab.now).window).toEqual({ calls: 1_000, failures: 250 });
  });

  it('CB-12: knows nothing of others', () => {
    const [shard1, shard2] = [new Lab(), opened()];
    expect([shard1.circuit, shard2.circuit]).toEqual(['closed', 'open']);
  });
});

describe('an open circuit', () => {
  it('refuses until its pause is over', () => {
    const lab = opened({ openMs: 1_000 });
    expect(lab.pass(999).call()).toBe(false);
    expect(lab.pass(1).call()).toBe(true);
    expect(lab.circuit).toBe('half-open');
  });

  it('CB-7: pauses longer each time a trial fails, up to the cap', () => {
    const lab = opened({ openMs: 1_000, maxOpenMs: 6_000 });
    const pauses = [lab.pauseMs()];
    for (let round = 0; round < 4; round++) {
      lab.pass(lab.pauseMs()).call(TIMEOUT);
      pauses.push(lab.pauseMs());
    }
    expect(pauses).toEqual([1_000, 2_000, 4_000, 6_000, 6_000]);
  });

  it('CB-7: who fails again soon after closing was not well, who stays well for a window begins anew', () => {
    const lab = opened({ openMs: 1_000, windowMs: 10_000 });
    lab.pass(1_000).calls(2);
    expect(lab.circuit).toBe('closed');
    lab.pass(5_000).calls(10, TIMEOUT);
    expect(lab.pauseMs()).toBe(2_000);
    lab.pass(2_000).calls(2);
    lab.pass(10_000).calls(10, TIMEOUT);
    expect(lab.pauseMs()).toBe(1_000);
  });

  it('CB-8: tries earlier when the other side says that it is well, not before the pause that it asked for', () => {
    const lab = opened({ openMs: 30_000 });
    lab.breaker.recovered(lab.pass(100).now);
    expect(lab.pauseMs()).toBe(0);
    const asked = new Lab({ openMs: 30_000 });
    asked.call({ kind: 'busy', retryAfterMs: 5_000 });
    asked.breaker.recovered(asked.now);
    expect(asked.pauseMs()).toBe(5_000);
    const well = new Lab();
    well.breaker.recovered(0);
    expect([well.circuit, well.changes]).toEqual(['closed', []]);
  });

  it('does not close for what comes back from before', () => {
    const lab = new Lab({ trials: 2, successes: 1 });
    const before = lab.breaker.admit(0) ?? 0;
    lab.calls(10, TIMEOUT);
    lab.pass(1_000).breaker.admit(lab.now);
    lab.breaker.record(lab.now, before);
    lab.breaker.release(before);
    expect(lab.circuit).toBe('half-open');
    expect([lab.breaker.admit(lab.now), lab.breaker.admit(lab.now)]).toEqual([expect.any(Number), undefined]);
  });
});

describe('a half-open circuit', () => {
  const halfOpen = (options: BreakerOptions): Lab => opened(options).pass(1_000);

  it('CB-3: admits so many trials at most, everybody else as if open', () => {
    const lab = halfOpen({ trials: 3, successes: 3 });
    const permits = Array.from({ length: 100 }, () => lab.breaker.admit(lab.now));
    expect(permits.filter((permit) => permit !== undefined)).toHaveLength(3);
    lab.breaker.record(lab.now, permits[0] ?? 0);
    expect(lab.breaker.admit(lab.now)).toBeUndefined();
  });

  it('CB-3: gives a place back that was not used to the end', () => {
    const lab = halfOpen({ trials: 1, successes: 1 });
    const permit = lab.breaker.admit(lab.now) ?? 0;
    expect(lab.breaker.refuses(lab.now)).toBe(true);
    lab.breaker.release(permit);
    expect(lab.breaker.refuses(lab.now)).toBe(false);
  });

  it('CB-4: closes after so many successes, with nothing counted', () => {
    const lab = halfOpen({ trials: 3, successes: 2 });
    lab.call();
    expect(lab.circuit).toBe('half-open');
    lab.call();
    expect([lab.circuit, lab.breaker.state(lab.now).window]).toEqual(['closed', { calls: 0, failures: 0 }]);
  });

  it('CB-4: one failure opens it again, whatever went well before, and the pause begins anew', () => {
    const lab = halfOpen({ trials: 3, successes: 3, openMs: 1_000 });
    lab.calls(2);
    lab.call(TIMEOUT);
    expect([lab.circuit, lab.pauseMs()]).toEqual(['open', 2_000]);
    lab.pass(2_000).calls(2);
    expect(lab.circuit).toBe('half-open');
  });

  it('could never close with more successes than trials', () => {
    expect(() => new Lab({ trials: 2, successes: 3 })).toThrow(RangeError);
    expect(() => new Lab({ trials: 1, successes: 0 })).toThrow(RangeError);
    expect(halfOpen({ trials: 1 }).call()).toBe(true);
  });
});

describe('whoever operates it', () => {
  it('CB-9: can hold it open, and closed, and let go', () => {
    const lab = new Lab();
    lab.breaker.force(lab.now, 'open');
    expect([lab.pass(3_600_000).call(), lab.breaker.state(lab.now)]).toMatchObject([
      false,
      { circuit: 'open', forced: 'open', openUntil: undefined },
    ]);
    lab.breaker.recovered(lab.now);
    expect(lab.call()).toBe(false);
    lab.breaker.force(lab.now, 'closed');
    lab.calls(100, { kind: 'busy', retryAfterMs: 1_000 });
    expect(lab.breaker.state(lab.now)).toMatchObject({ circuit: 'closed', forced: 'closed' });
    lab.breaker.reset(lab.now);
    expect(lab.breaker.state(lab.now)).toMatchObject({ forced: undefined, window: { calls: 0 } });
    lab.calls(10, TIMEOUT);
    expect([lab.circuit, lab.pauseMs()]).toEqual(['open', 1_000]);
  });

  it('CB-9, CB-10: reads what failed last and what changed last, and is told of every change', () => {
    const lab = opened().pass(1_000);
    lab.calls(2);
    expect(lab.changes).toEqual([
      { from: 'closed', to: 'open', reason: 'failures', at: 0, cause: why },
      { from: 'open', to: 'half-open', reason: 'trial', at: 1_000 },
      { from: 'half-open', to: 'closed', reason: 'trials-succeeded', at: 1_000 },
    ]);
    expect(lab.breaker.state(lab.now)).toMatchObject({
      lastError: { error: why, at: 0 },
      lastChange: lab.changes[2],
    });
  });

  it('can set other thresholds; what was counted stays, unless the window has another length', () => {
    const lab = new Lab({ minimumCalls: 100 });
    lab.calls(9, TIMEOUT);
    lab.breaker.tune({ minimumCalls: 10 });
    lab.call(TIMEOUT);
    expect(lab.circuit).toBe('open');
    const other = new Lab({ minimumCalls: 100 });
    other.calls(9, TIMEOUT);
    other.breaker.tune({ windowMs: 1_000 });
    expect(other.breaker.state(0).window.calls).toBe(0);
  });
});
