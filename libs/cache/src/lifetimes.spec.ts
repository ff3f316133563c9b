import { describe, expect, it } from '@jest/globals';
import { jittered } from './lifetimes.js';

const HOUR = 3_600_000;

describe('the life of a copy', () => {
  it('CCH-7 CCH-8 is, shared and local one after the other, the time to live', () => {
    expect(jittered(() => 0)({ ttlMs: 60_000, localMs: 1_000 })).toEqual({ sharedMs: 59_000, localMs: 1_000 });
  });

  it('CCH-3 is up to a tenth shorter, so that what came together does not go together', () => {
    const life = (random: number) => jittered(() => random)({ ttlMs: 60_000, localMs: 0 }).sharedMs;
    expect([life(0), life(0.5), life(0.999999)]).toEqual([60_000, 57_000, 54_001]);
  });

  it('CCH-8 is in the process a fifth at most, whatever is asked for', () => {
    expect(jittered(() => 0)({ ttlMs: 1_000, localMs: 60_000 })).toEqual({ sharedMs: 800, localMs: 200 });
  });

  it('is an hour at most, because floors are remembered for two', () => {
    const { sharedMs, localMs } = jittered(() => 0)({ ttlMs: 100 * HOUR, localMs: 100 * HOUR });
    expect(sharedMs + localMs).toBe(HOUR);
  });
});
