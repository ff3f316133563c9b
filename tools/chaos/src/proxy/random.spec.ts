import { describe, expect, it } from '@jest/globals';
import { randomFor } from './random.ts';

const drawn = (seed: string, count: number): number[] => {
  const random = randomFor(seed);
  return Array.from({ length: count }, random);
};

describe('what is drawn for a link', () => {
  it('is the same for the same seed and another for another', () => {
    expect(drawn('7 gateway->catalog', 20)).toEqual(drawn('7 gateway->catalog', 20));
    expect(drawn('7 gateway->catalog', 20)).not.toEqual(drawn('8 gateway->catalog', 20));
  });

  it('meets the share that was asked for', () => {
    const numbers = drawn('1 order->kafka', 10_000);
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThan(1);
    const share = numbers.filter((number) => number < 0.3).length / numbers.length;
    expect(share).toBeGreaterThan(0.28);
    expect(share).toBeLessThan(0.32);
  });
});
