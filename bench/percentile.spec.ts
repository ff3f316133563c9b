import { describe, expect, it } from '@jest/globals';
import { percentile } from './percentile.ts';

describe('percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  it.each([
    [50, 50],
    [99, 99],
    [100, 100],
    [0, 1],
  ])('p%d of 1 to 100 in any order is %d', (p, expected) => expect(percentile(hundred, p)).toBe(expected));

  it('of one value is that value', () => expect(percentile([7], 99)).toBe(7));
  it('of nothing is not a number', () => expect(percentile([], 50)).toBeNaN());
});
