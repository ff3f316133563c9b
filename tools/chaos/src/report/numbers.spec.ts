import { describe, expect, it } from '@jest/globals';
import { date, duration, figure, kept, moment, number } from './numbers.ts';

/** Units stay on the lines of their numbers. */
const plain = (text: string): string => text.replaceAll('\u00a0', ' ');

it.each([
  [0, '0'],
  [0.4249, '0.42'],
  [12.345, '12.3'],
  [12, '12'],
  [142.6, '143'],
  [12_345, '12,345'],
  [-3.5, '−3.5'],
])('the number %p is written %p', (value, text) => expect(number(value)).toBe(text));

it.each([
  [99.6, '%', '99.6 %'],
  [0.88, '/s', '0.88/s'],
  [7, '', '7'],
  [212.4, 'ms', '212 ms'],
  [31_200, 'ms', '31.2 s'],
  [undefined, 'ms', '–'],
])('the figure %p in %p is written %p', (value, unit, text) => expect(plain(figure(value, unit))).toBe(text));

it.each([
  [0, '0 s'],
  [-8_000, '−8 s'],
  [12_345, '+12.3 s'],
  [49, '0 s'],
])('the moment %p is written %p', (ms, text) => expect(plain(moment(ms))).toBe(text));

it.each([
  [850, '850 ms'],
  [12_340, '12.3 s'],
  [125_400, '2 min 5 s'],
])('%p ms is written %p', (ms, text) => expect(plain(duration(ms))).toBe(text));

describe('dates', () => {
  it('are written for people, in UTC', () =>
    expect(date('2026-11-21T18:05:09.123Z')).toBe('21 November 2026, 18:05 UTC'));
  it('stay what they are where they are none', () => expect(date('yesterday')).toBe('yesterday'));
});

it('keeps the units of others on the lines of their numbers', () => {
  expect(kept('after 6.2 s, 99 % of 31 orders in 5 sacks')).toBe('after 6.2\u00a0s, 99\u00a0% of 31 orders in 5 sacks');
});
