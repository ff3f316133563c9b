import { describe, expect, it } from '@jest/globals';
import { shareOf } from './share.js';

const callers = Array.from({ length: 20_000 }, (_, index) => `catalog/v2:customer-${index}`);

describe('the share of a caller', () => {
  it.each([1, 5, 25, 50, 99])('RTE-3: %i of 100 callers fall below that', (weight) => {
    const below = callers.filter((one) => shareOf(one) < weight).length / callers.length;
    expect(Math.abs(below * 100 - weight)).toBeLessThan(1);
  });

  it('RTE-3: is the same each time, and never outside', () => {
    for (const one of callers.slice(0, 500)) {
      expect(shareOf(one)).toBe(shareOf(one));
      expect(shareOf(one)).toBeGreaterThanOrEqual(0);
      expect(shareOf(one)).toBeLessThan(100);
    }
  });

  it('is another one for another canary: it is not always the same people', () => {
    const both = callers.filter((one) => shareOf(one) < 10 && shareOf(one.replace('catalog/v2', 'order/v7')) < 10);
    expect(both.length / callers.length).toBeLessThan(0.02);
  });
});
