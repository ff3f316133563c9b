import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TokenBucket } from './token-bucket.js';

/** How many of these moments, in ms, got a token. */
const taken = (bucket: TokenBucket, moments: readonly number[]): number[] =>
  moments.filter((nowMs) => bucket.take(nowMs));

describe('a token bucket', () => {
  it('gives its burst at once, then the rate', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 3 }, 0);
    expect(taken(bucket, [0, 0, 0, 0, 99, 100, 100, 199, 200])).toEqual([0, 0, 0, 100, 200]);
  });

  it('fills up again, and not beyond its burst', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 3 }, 0);
    taken(bucket, [0, 0, 0]);
    expect(
      taken(
        bucket,
        Array.from({ length: 9 }, () => 60_000),
      ),
    ).toHaveLength(3);
  });

  it('gives nothing at rate 0, and everything at an infinite one', () => {
    const moments = Array.from({ length: 1_000 }, (_, n) => n >> 3);
    expect(taken(new TokenBucket({ perSecond: 0, burst: 0 }, 0), moments)).toEqual([]);
    expect(taken(new TokenBucket({ perSecond: Infinity, burst: Infinity }, 0), moments)).toEqual(moments);
  });

  it('is not refilled by a clock that goes back', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 1 }, 1_000);
    expect(taken(bucket, [1_000, 0, 1_000, 1_099, 1_100])).toEqual([1_000, 1_100]);
  });

  it('never gives more than its burst and the rate in any window, and no less than that to who asks all the time', () => {
    const rates = { perSecond: fc.integer({ min: 1, max: 500 }), burst: fc.integer({ min: 1, max: 200 }) };
    const pauses = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 400 })), { maxLength: 400 });
    fc.assert(
      fc.property(fc.record(rates), pauses, ({ perSecond, burst }, gaps) => {
        let nowMs = 0;
        const moments = gaps.map((gap) => (nowMs += gap));
        const got = taken(new TokenBucket({ perSecond, burst }, 0), moments);
        const tooMany = got.some((from, first) =>
          got.slice(first).some((to, more) => more + 1 > burst + ((to - from) / 1_000) * perSecond),
        );
        expect(tooMany).toBe(false);
        const eager = Array.from({ length: 2_000 }, (_, ms) => [ms, ms]).flat();
        const owed = Math.min(burst + perSecond, eager.length / 2);
        expect(taken(new TokenBucket({ perSecond, burst }, 0), eager).length).toBeGreaterThanOrEqual(owed);
      }),
    );
  });
});
