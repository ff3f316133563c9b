import { describe, expect, it } from '@jest/globals';
import { aLevel } from '../test/inventory.mother.js';
import { mergeLines, move, movements } from './stock.js';

describe('move', () => {
  it('shifts units between buckets and creates none', () => {
    expect(move(aLevel('MUG', 5), 'reserve', 2)).toEqual(aLevel('MUG', 3, 2));
    for (const { available, reserved, committed } of Object.values(movements))
      expect(available + reserved + committed).toBe(0);
  });

  it('refuses to make a bucket negative', () => {
    expect(() => move(aLevel('MUG', 1), 'reserve', 2)).toThrow('reserve of 2 × MUG would leave a negative level');
  });
});

describe('mergeLines', () => {
  it('adds up lines of the same sku and sorts by sku', () => {
    const lines = [
      { sku: 'PEN', quantity: 1 },
      { sku: 'MUG', quantity: 2 },
      { sku: 'PEN', quantity: 3 },
    ];
    expect(mergeLines(lines)).toEqual([
      { sku: 'MUG', quantity: 2 },
      { sku: 'PEN', quantity: 4 },
    ]);
  });
});
