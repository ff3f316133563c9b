import { describe, expect, it } from '@jest/globals';
import { notAsMeant } from './as-meant.ts';

describe('whether the load was as meant', () => {
  it.each([
    [0, 0, undefined],
    [0, 500, undefined],
    [0, 501, { says: 'visits came up to 501 ms late', isLate: true }],
    [1, 2, { says: '1 of 90 visits were dropped', isLate: false }],
    [3, 900, { says: '3 of 90 visits were dropped, visits came up to 900 ms late', isLate: true }],
  ])('%d dropped, %d ms late: %j', (dropped, lateMs, said) =>
    expect(notAsMeant({ arrivals: 90, dropped, lateMs })).toEqual(said),
  );
});
