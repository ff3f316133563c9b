import { describe, expect, it } from '@jest/globals';
import { describeDisturbance, LIMITS, readTimes } from './disturbance.ts';

describe('a machine that is shared', () => {
  const calm = { lateMs: 12, behindMs: 150, elapsedMs: 1_000, total: 1_000, stolen: 20 };

  it('is calm where its threads come in time and its CPU is its own', () => {
    expect(describeDisturbance(calm, LIMITS)).toBeUndefined();
    expect(describeDisturbance({ ...calm, stolen: 100 }, LIMITS)).toBeUndefined();
  });

  it('stood still where a thread that has nothing else to do came late', () => {
    expect(describeDisturbance({ ...calm, lateMs: 200.4 }, LIMITS)).toBe('the machine stood still for 200 ms');
    expect(describeDisturbance({ ...calm, lateMs: 199 }, LIMITS)).toBeUndefined();
  });

  it('went on in small pieces where that thread lost more than a fifth of its time', () => {
    expect(describeDisturbance({ ...calm, behindMs: 201 }, LIMITS)).toBe(
      'a thread without work was 201 ms late within 1000 ms',
    );
    expect(describeDisturbance({ ...calm, behindMs: 200 }, LIMITS)).toBeUndefined();
  });

  it('was given to others where more than a tenth of its CPU was stolen', () => {
    expect(describeDisturbance({ ...calm, stolen: 110 }, LIMITS)).toBe('11 % of the CPU were taken from this machine');
  });

  it('counts what the kernel counts, guests once', () => {
    const stat = 'cpu  10 2 30 400 5 0 7 46 90 90\ncpu0 1 1 1 1 1 1 1 1 1 1\n';
    expect(readTimes(stat)).toEqual({ total: 500, stolen: 46 });
    expect(readTimes('cpu  10 2 30 400\n')).toEqual({ total: 442, stolen: 0 });
  });
});
