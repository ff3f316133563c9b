import { describe, expect, it } from '@jest/globals';
import { money } from '@souk/contracts';
import { MAX_TOTAL } from '../domain/pricing.js';

describe('the largest total of the domain', () => {
  it('is the largest amount that the contracts can say', () => {
    const fits = (amount: number): boolean => money.safeParse({ amount, currency: 'EUR' }).success;
    expect([fits(MAX_TOTAL), fits(MAX_TOTAL + 1)]).toEqual([true, false]);
  });
});
