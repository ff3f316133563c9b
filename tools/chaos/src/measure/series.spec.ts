import { describe, expect, it } from '@jest/globals';
import { sampled } from './observations.mother.ts';
import { increase, pointsOf, taken } from './series.ts';

const samples = sampled('rows', 5, 9, 2, 4);
const all = { from: 0, to: 10_000 };

describe('a sampled series', () => {
  it('is that of the window, from its begin up to its end', () =>
    expect(pointsOf(samples, 'rows', { from: 1_000, to: 3_000 })).toEqual([
      { at: 1_000, value: 9 },
      { at: 2_000, value: 2 },
    ]));

  it.each([
    ['max', 9],
    ['min', 2],
    ['last', 4],
    ['mean', 5],
    ['change', -1],
    ['increase', 4 + 2 + 2],
  ] as const)('gives %s', (take, value) => expect(taken(samples, 'rows', all, take)).toBe(value));

  it('gives nothing where it was not seen: a gap is no zero', () => {
    const gaps = sampled('rows', undefined, 3, undefined);
    for (const take of ['max', 'min', 'last', 'mean', 'change', 'increase'] as const) {
      expect(taken(samples, 'other', all, take)).toBeUndefined();
      expect(taken(samples, 'rows', { from: 20_000, to: 30_000 }, take)).toBeUndefined();
    }
    expect(taken(gaps, 'rows', all, 'min')).toBe(3);
    expect(taken(gaps, 'rows', all, 'change')).toBeUndefined();
    expect(taken(gaps, 'rows', all, 'increase')).toBeUndefined();
  });
});

describe('a counter', () => {
  it('grows from what it was just before the window', () => {
    const growing = sampled('calls', 10, 13, 20, 27);
    expect(increase(growing, 'calls', { from: 1_500, to: 2_500 })).toBe(7);
    expect(taken(growing, 'calls', { from: 1_500, to: 2_500 }, 'change')).toBe(7);
    // What was seen long before says nothing of this window.
    expect(
      increase(sampled('calls', 10, undefined, undefined, undefined, 27), 'calls', { from: 4_000, to: 5_000 }),
    ).toBe(undefined);
  });

  it('counts from nothing after its process began anew', () =>
    expect(increase(sampled('calls', 10, 13, 2, 2), 'calls', all)).toBe(3 + 2));

  it('goes on over a gap', () => expect(increase(sampled('calls', 10, undefined, 15), 'calls', all)).toBe(5));

  it('that stands still has grown by nothing', () => expect(increase(sampled('calls', 4, 4), 'calls', all)).toBe(0));
});
