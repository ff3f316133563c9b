import { describe, expect, it } from '@jest/globals';
import { Gathering } from './gathering.js';

describe('gathering', () => {
  /** Pauses after rounds of [ms since the last one ended, how much it carries], each of which takes 5 ms. */
  const pauses = (gatherMs: number, ...rounds: readonly [idleMs: number, count: number][]): number[] => {
    let now = 1_000;
    const gathering = new Gathering(gatherMs, 500, () => now);
    return rounds.map(([idleMs, count]) => {
      now += idleMs;
      gathering.began(count);
      now += 5;
      const pause = gathering.pauseMs;
      now += pause;
      gathering.ended();
      return pause;
    });
  };

  it('makes nobody wait who comes alone, be it the first', () =>
    expect(pauses(2, [0, 1], [3, 1], [2, 1])).toEqual([0, 0, 0]));

  it('waits after a round that began right after the one before', () =>
    expect(pauses(2, [9, 1], [0, 1], [1.9, 1], [2.1, 1])).toEqual([0, 2, 2, 0]));

  it('waits after a round that carried much', () =>
    expect(pauses(2, [99, 20], [99, 21], [99, 499])).toEqual([0, 2, 2]));

  it('does not wait after a full round, which leaves others behind', () =>
    expect(pauses(2, [99, 500], [0, 500], [0, 499])).toEqual([0, 0, 2]));

  it('never waits when it is turned off', () => expect(pauses(0, [0, 1], [0, 1], [0, 499])).toEqual([0, 0, 0]));
});
