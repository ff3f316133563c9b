import { describe, expect, it } from '@jest/globals';
import { type Hypothesis, isBroken, judge } from './hypothesis.ts';
import { PHASES, seen } from './observations.mother.ts';
import type { Window } from './observations.ts';
import { windowOf } from './windows.ts';

const windows: Window[] = [];
const hypothesis = (given: Partial<Hypothesis>, figure: number | undefined = 5): Hypothesis => ({
  phase: 'during',
  that: 'it is so',
  measure: 'm',
  unit: '%',
  bound: { atMost: 5 },
  skip: 0,
  needs: [],
  figure: (_, window) => {
    windows.push(window);
    return figure;
  },
  ...given,
});

describe('a hypothesis', () => {
  it.each([
    [{ atMost: 5 }, 5, true],
    [{ atMost: 5 }, 5.01, false],
    [{ atLeast: 5 }, 5, true],
    [{ atLeast: 5 }, 4.99, false],
    [{ atLeast: 1, atMost: 3 }, 2, true],
    [{ atLeast: 1, atMost: 3 }, 0, false],
  ])('with %j and %d is %s', (bound, figure, ok) => expect(judge(hypothesis({ bound }, figure), seen()).ok).toBe(ok));

  it('fails by silence, and by what is no number', () => {
    const silent = judge({ ...hypothesis({}), figure: () => undefined }, seen());
    expect([silent.ok, 'figure' in silent]).toEqual([false, false]);
    const nothing = judge(hypothesis({}, Number.NaN), seen());
    expect([nothing.ok, 'figure' in nothing]).toEqual([false, false]);
  });

  it('of a phase that was not reached fails', () => {
    const phases = { prepare: 0, baseline: 1_000 };
    expect(judge(hypothesis({}), seen({ phases })).ok).toBe(false);
  });

  it('looks at the window of its list, less what it skips', () => {
    windows.length = 0;
    judge(hypothesis({ skip: 2_000 }), seen());
    expect(windows).toEqual([{ from: 8_000, to: 12_000 }]);
  });

  it('ends a run only by what was seen', () => {
    expect(isBroken(judge(hypothesis({ phase: 'abort' }, 9), seen(), 9_000))).toBe(true);
    expect(isBroken(judge(hypothesis({ phase: 'abort' }, 1), seen(), 9_000))).toBe(false);
    expect(isBroken(judge({ ...hypothesis({ phase: 'abort' }), figure: () => undefined }, seen(), 9_000))).toBe(false);
  });
});

describe('the windows of a run', () => {
  it.each([
    ['before', 1_000, 6_000],
    ['during', 6_000, 12_000],
    ['after', 13_000, 18_000],
  ] as const)('%s is %d to %d', (list, from, to) => expect(windowOf({ phases: PHASES }, list)).toEqual({ from, to }));

  it('end now while the phase goes on', () => {
    const phases = { prepare: 0, baseline: 1_000, hold: 6_000 };
    expect(windowOf({ phases }, 'during', 7_500)).toEqual({ from: 6_000, to: 7_500 });
    expect(windowOf({ phases }, 'after', 7_500)).toBeUndefined();
  });

  it('end with whichever phase came, where the next one was left out', () => {
    const phases = { prepare: 0, baseline: 1_000, 'clean-up': 3_000 };
    expect(windowOf({ phases }, 'before', 9_000)).toEqual({ from: 1_000, to: 3_000 });
  });

  it('of an abort rule are the last five seconds, none of them before the baseline', () => {
    expect(windowOf({ phases: PHASES }, 'abort', 11_000)).toEqual({ from: 6_000, to: 11_000 });
    expect(windowOf({ phases: PHASES }, 'abort', 4_000)).toEqual({ from: 1_000, to: 4_000 });
  });
});
