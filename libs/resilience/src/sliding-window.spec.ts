import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SlidingWindow } from './sliding-window.js';

describe('a sliding window', () => {
  it('CB-1: counts all of the last nine tenths and nothing older than itself', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(400), fc.boolean()), { maxLength: 100 }), (steps) => {
        const window = new SlidingWindow(1_000);
        const all: { at: number; failed: boolean }[] = [];
        let now = 0;
        for (const [ms, failed] of steps) {
          now += ms;
          window.add(now, 1, failed ? 1 : 0);
          all.push({ at: now, failed });
          const since = (age: number) => all.filter(({ at }) => at > now - age);
          const { calls, failures } = window.at(now);
          expect(calls).toBeGreaterThanOrEqual(since(900).length);
          expect(calls).toBeLessThanOrEqual(since(1_000).length);
          expect(failures).toBeLessThanOrEqual(calls);
        }
        expect(window.at(now + 1_000)).toEqual({ calls: 0, failures: 0 });
      }),
      { numRuns: 300, seed: Number(process.env['SOUK_SEED'] ?? 7) },
    );
  });

  it('begins anew when it is cleared', () => {
    const window = new SlidingWindow(1_000);
    window.add(5, 3, 2.5);
    expect(window.at(5)).toEqual({ calls: 3, failures: 2.5 });
    window.clear();
    window.add(150, 1, 0);
    expect(window.at(150)).toEqual({ calls: 1, failures: 0 });
  });
});
