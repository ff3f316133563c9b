import fc from 'fast-check';
import { expect, it } from '@jest/globals';
import { ticks } from './ticks.ts';

it.each([
  [0, 6.7, 3, [0, 2.5, 5, 7.5]],
  [0, 1, 3, [0, 0.5, 1]],
  [0, 297, 3, [0, 100, 200, 300]],
  [-8, 42, 6, [0, 10, 20, 30, 40, 50]],
  [-31, 42, 6, [-20, 0, 20, 40, 60]],
  [0, 0.3, 3, [0, 0.1, 0.2, 0.3]],
])('from %p to %p in %p steps', (from, to, atMost, expected) => expect(ticks(from, to, atMost)).toEqual(expected));

it('reaches what is to be reached, in few round steps', () => {
  const top = fc.double({ min: 1e-3, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(top, fc.integer({ min: 1, max: 8 }), (to, atMost) => {
      const all = ticks(0, to, atMost);
      expect(all[0]).toBe(0);
      expect(all.at(-1)).toBeGreaterThanOrEqual(to * (1 - 1e-6));
      expect(all.at(-2)).toBeLessThan(to);
      expect(all.length).toBeLessThanOrEqual(atMost + 2);
    }),
  );
});
