import { describe, expect, it } from '@jest/globals';
import { Backoff } from './backoff.ts';

describe('back-off', () => {
  it('begins at 0.2 s and doubles up to 5 s', () => {
    const backoff = new Backoff();
    expect([1, 2, 3, 4, 5, 6, 7].map(() => backoff.next(0))).toEqual([200, 400, 800, 1600, 3200, 5000, 5000]);
  });

  it('begins anew after 30 s of health, not earlier', () => {
    const backoff = new Backoff();
    backoff.next(0);
    backoff.next(0);
    expect(backoff.next(29_999)).toBe(800);
    expect(backoff.next(30_000)).toBe(200);
  });
});
