import { describe, expect, it } from '@jest/globals';
import { TopUsage } from './usage.js';

describe('who uses most', () => {
  it('THR-9 is listed, those with most first', () => {
    const usage = new TopUsage();
    usage.add('a', { spent: 1, refused: 0 });
    usage.add('b', { spent: 5, refused: 10 });
    usage.add('a', { spent: 3, refused: 0 });
    usage.add('c', { spent: 9, refused: 0 });
    expect(usage.top(2)).toEqual([
      { caller: 'b', spent: 5, refused: 10 },
      { caller: 'c', spent: 9, refused: 0 },
    ]);
    expect(usage.top(5)).toHaveLength(3);
  });

  it('THR-9 is found among any number of others in bounded memory', () => {
    const usage = new TopUsage(10);
    for (let round = 0; round < 1_000; round += 1) {
      usage.add(`once-${round}`, { spent: 1, refused: 0 });
      if (round % 5 === 0) usage.add('heavy', { spent: 2, refused: 0 });
    }
    expect(usage.top(100)).toHaveLength(10);
    const heavy = usage.top(1)[0];
    expect(heavy?.caller).toBe('heavy');
    // Too high by what the least had when it came, never too low.
    expect(heavy?.spent).toBeGreaterThanOrEqual(400);
    expect(heavy?.spent).toBeLessThanOrEqual(400 + 1_400 / 10);
  });
});
