import { describe, expect, it } from '@jest/globals';
import { frameOf, percent } from './frame.ts';
import { someObservations } from './runs.mother.ts';

describe('the frame of a run', () => {
  it('goes from the baseline to the clean-up, and counts from the fault', () => {
    expect(frameOf(someObservations())).toEqual({
      from: 8_000,
      to: 64_000,
      zero: 16_000,
      before: { from: 8_000, to: 16_000 },
      during: { from: 16_000, to: 36_000 },
      healing: { from: 36_000, to: 40_000 },
      after: { from: 40_000, to: 58_000 },
      check: { from: 58_000, to: 64_000 },
    });
  });

  it('has no fault where it was not reached', () => {
    const phases = { prepare: 0, baseline: 8_000, 'clean-up': 12_500 };
    expect(frameOf({ ...someObservations(), phases })).toEqual({
      from: 8_000,
      to: 12_500,
      zero: 8_000,
      before: { from: 8_000, to: 12_500 },
    });
  });

  it('ends with what was seen last where nothing says that it ended', () => {
    const seen = {
      ...someObservations(),
      phases: { baseline: 8_000, hold: 16_000 },
      samples: [{ at: 61_000, series: {} }],
    };
    expect(frameOf(seen)).toMatchObject({ to: 61_000, during: { from: 16_000, to: 61_000 } });
  });

  it('is there for a run in which nothing was seen', () => {
    const nothing = { answers: [], samples: [], marks: [], orders: [], phases: {} };
    expect(frameOf(nothing)).toMatchObject({ from: 0, to: 1_000, zero: 0 });
  });
});

it.each([
  [0, 0],
  [2_500, 25],
  [-1, 0],
  [11_000, 100],
])('%p of ten seconds is at %p %%', (at, place) => expect(percent({ from: 0, to: 10_000 }, at)).toBe(place));
