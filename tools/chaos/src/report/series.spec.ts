import { describe, expect, it } from '@jest/globals';
import type { Answer, Sample, Visit } from '../run/observations.ts';
import { mean, most, namesOf, ofAnswers, ofSamples, rate, visitsOf } from './series.ts';

const frame = {
  from: 10_000,
  to: 15_000,
  zero: 10_000,
  before: undefined,
  during: undefined,
  healing: undefined,
  after: undefined,
  check: undefined,
};
const values = (series: readonly { readonly value: number | undefined }[]) => series.map(({ value }) => value);
const answer = (at: number, visit: Visit = 'browse', tookMs = 10): Answer => ({ at, visit, tookMs, status: 200 });

describe('a rate', () => {
  it('is the mean of the last three seconds, of fewer where there are no more', () => {
    const times = [10_100, 10_200, 11_900, 12_000, 12_999, 13_000];
    expect(rate(times, frame)).toEqual([
      { at: 11_000, value: 2 },
      { at: 12_000, value: 1.5 },
      { at: 13_000, value: 5 / 3 },
      { at: 14_000, value: 4 / 3 },
      { at: 15_000, value: 1 },
    ]);
  });

  it('is 0 where nothing came, and counts nothing from outside', () =>
    expect(values(rate([9_999, 15_000], frame))).toEqual([0, 0, 0, 0, 0]));
});

it('a figure of answers has a gap where there are none', () => {
  const series = ofAnswers([answer(10_500), answer(14_500)], frame, (some) => some.length);
  expect(values(series)).toEqual([1, 1, 1, undefined, 1]);
});

it('a gauge is shown where it was seen, with one gap where it was not', () => {
  const at = (second: number, value?: number): Sample => ({
    at: second * 1_000,
    series: value === undefined ? {} : { lag: value },
  });
  const samples = [at(9, 1), at(10), at(11, 2), at(12), at(13), at(14, 3), at(16, 4)];
  expect(ofSamples(samples, 'lag', frame)).toEqual([
    { at: 11_000, value: 2 },
    { at: 12_000, value: undefined },
    { at: 14_000, value: 3 },
  ]);
});

it('names of series are found once, by what they begin with', () => {
  const samples: Sample[] = [
    { at: 1, series: { 'lag.order': 1, other: 1 } },
    { at: 2, series: { 'lag.order': 2, 'lag.inventory': 2 } },
  ];
  expect(namesOf(samples, 'lag.')).toEqual(['lag.inventory', 'lag.order']);
});

it('classes stand in the order in which a customer goes about', () => {
  const nothing = { samples: [], marks: [], orders: [], phases: {} };
  expect(visitsOf({ ...nothing, answers: [answer(1, 'order'), answer(2, 'browse'), answer(3, 'order')] })).toEqual([
    'browse',
    'order',
  ]);
});

describe('of a part of a series', () => {
  const series = [
    { at: 1_000, value: 8 },
    { at: 2_000, value: 2 },
    { at: 3_000, value: undefined },
    { at: 4_000, value: 4 },
    { at: 5_000, value: 9 },
  ];
  // A point closes the second before it.
  const part = { from: 1_000, to: 4_000 };
  it('mean', () => expect(mean(series, part)).toBe(3));
  it('most', () => expect([most(series, part), most(series)]).toEqual([4, 9]));
  it('nothing is known where nothing was seen', () => {
    const empty = { from: 2_500, to: 3_500 };
    expect([mean(series, empty), most(series, empty)]).toEqual([undefined, undefined]);
  });
});
