import { describe, expect, it } from '@jest/globals';
import type { Frame } from './frame.ts';
import { bands, type Chart, curve, renderChart, timeAxis, timeline, topOf } from './chart.ts';

const frame: Frame = {
  from: 0,
  to: 10_000,
  zero: 4_000,
  before: { from: 0, to: 4_000 },
  during: { from: 4_000, to: 8_000 },
  healing: undefined,
  after: { from: 8_000, to: 10_000 },
  check: undefined,
};
const points = (...all: [number, number | undefined][]) =>
  all.map(([second, value]) => ({ at: second * 1_000, value }));
const aChart = (changes: Partial<Chart> = {}): Chart => ({
  title: 'Orders',
  says: 'a second',
  unit: '/s',
  lines: [{ name: 'accepted', series: points([0, 2], [5, 4]), sum: ({ from }) => from / 1_000 }],
  as: 'lines',
  ...changes,
});

describe('a curve', () => {
  it('goes through its points, upwards', () => {
    expect(curve(points([0, 0], [5, 5], [10, 10]), frame, 10)).toBe('M0 100L500 50L1000 0');
  });
  it('has a gap where nothing was seen, and a dot where a point stands alone', () => {
    expect(curve(points([0, 1], [1, undefined], [2, 1], [3, 1]), frame, 2)).toBe('M0 50h.01M200 50L300 50');
    expect(curve(points([2, 1], [3, undefined]), frame, 2)).toBe('M200 50h.01');
  });
  it('does not leave its plot', () => expect(curve(points([12, 9]), frame, 3)).toBe('M1000 0h.01'));
  it('is nothing where nothing was seen', () => expect(curve([], frame, 1)).toBe(''));
});

describe('the scale of a chart', () => {
  it.each([
    ['ends with a round number', {}, 4],
    ['has a height where all is 0', { lines: [{ name: 'x', series: points([1, 0]), sum: () => 0 }] }, 1],
    ['ends at its ceiling', { ceiling: 3 }, 3],
    ['reaches what it is compared with', { floor: 19 }, 20],
  ])('%s', (_what, changes, top) => expect(topOf(aChart(changes))).toBe(top));
});

it('the fault is shown where it was, the way back where there was one', () => {
  const shown = (of: Frame) =>
    [...bands(of).text.matchAll(/class="([^"]*)"\s+style="([^"]*)"/g)].map(([, kind, place]) => [kind, place]);
  const fault = ['band fault', 'left: 40%; right: 20%'];
  expect(shown(frame)).toEqual([fault]);
  const healing = { from: 8_000, to: 9_000 };
  expect(shown({ ...frame, healing })).toEqual([fault, ['band healing', 'left: 80%; right: 10%']]);
  expect(shown({ ...frame, during: undefined })).toEqual([]);
});

it('times count from the fault', () => {
  const shown = [...timeAxis(frame).text.matchAll(/left: ([\d.]+)%[^>]*>([^<]*)</g)].map(([, place, text]) => [
    place,
    text,
  ]);
  expect(shown).toEqual([
    ['0', '−4'],
    ['20', '−2'],
    ['40', '0 s'],
    ['60', '2'],
    ['80', '4'],
    ['100', '6'],
  ]);
});

it('the parts of a run have their names where there is room for them', () => {
  const short = {
    ...frame,
    healing: { from: 8_000, to: 8_050 },
    after: { from: 8_050, to: 8_500 },
    check: { from: 8_500, to: 10_000 },
  };
  const shown = [
    ...timeline(short).text.matchAll(/class="([a-z]+)"\s+style="left: ([\d.]+)%; width: ([\d.]+)%"\s*><b>([a-z]*)/g),
  ];
  expect(shown.map(([, ...rest]) => rest)).toEqual([
    ['before', '0', '40', 'before'],
    ['fault', '40', '40', 'fault'],
    ['after', '80.5', '4.5', ''],
    ['check', '85', '15', 'check'],
  ]);
});

describe('a chart', () => {
  const text = (changes: Partial<Chart> = {}) => renderChart(aChart(changes), frame).text.replaceAll('\u00a0', ' ');
  it('says in words what it shows', () => {
    expect(text()).toContain('<desc>accepted: 0/s before, 4/s during and 8/s after the fault.</desc>');
  });
  it('says that nothing is known of what was not reached', () => {
    const short = { ...frame, during: undefined, after: undefined };
    expect(renderChart(aChart(), short).text).toContain('accepted: 0/s before, – during and – after');
  });
  it.each(['lines', 'rows'] as const)('as %s has one curve a line', (as) => {
    const two = [...aChart().lines, { name: 'confirmed', series: points([1, 1]), sum: () => 1 }];
    expect(text({ as, lines: two }).match(/class="curve/g)).toHaveLength(2);
  });
  it('names what did not move, and draws nothing for it', () => {
    const still = text({ lines: [], still: aChart().lines });
    expect(still).toContain('0 all along: accepted.');
    expect(still).not.toContain('<svg');
  });
});
