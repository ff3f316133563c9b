import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MISSING, PackedMap } from './packed-map.js';

const seed = Number(process.env['SOUK_SEED'] ?? process.env['SEED'] ?? Date.now() % 2 ** 31);

describe(`a packed map (seed ${seed})`, () => {
  it('does what a Map does, in any order of sets and deletions', () => {
    // Few keys that lie close, far apart and on the same low bits, so that they meet.
    const key = fc.oneof(
      fc.nat(40),
      fc.nat(40).map((n) => n * 2 ** 32),
      fc.nat(40).map((n) => 2 ** 53 - 1 - n * 64),
    );
    const step = fc.record({ key, value: fc.nat(2 ** 31 - 1), set: fc.boolean() });
    const check = (steps: { key: number; value: number; set: boolean }[]): void => {
      const [packed, map] = [new PackedMap(), new Map<number, number>()];
      for (const { key: k, value, set } of steps) {
        if (set) {
          packed.set(k, value);
          map.set(k, value);
        } else expect(packed.delete(k)).toBe(map.delete(k));
        expect(packed.size).toBe(map.size);
      }
      for (const { key: k } of steps) expect(packed.get(k)).toBe(map.get(k) ?? MISSING);
    };
    fc.assert(fc.property(fc.array(step, { maxLength: 300 }), check), { seed, numRuns: 300 });
  });

  it('grows', () => {
    const packed = new PackedMap();
    for (let key = 0; key < 10_000; key++) packed.set(key * 7_919, key);
    expect([packed.size, packed.get(7_919 * 9_999), packed.get(1)]).toEqual([10_000, 9_999, MISSING]);
  });
});
