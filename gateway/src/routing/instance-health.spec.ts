import { describe, expect, it } from '@jest/globals';
import { InstanceHealth } from './instance-health.js';

const rule = { failures: 3, withinSeconds: 15, outSeconds: 15 };
const failures = (...at: number[]) => {
  const health = new InstanceHealth(rule);
  return at.map((seconds) => health.failed(seconds * 1_000));
};

describe('the health of an instance', () => {
  it('OFF-7: three failures in 15 s are one too many', () => {
    expect(failures(0, 7, 14.9)).toEqual([false, false, true]);
    expect(failures(0, 7, 15)).toEqual([false, false, false]);
    expect(failures(0, 7, 15, 21)).toEqual([false, false, false, true]);
  });

  it('OFF-7: out means out for 15 s, then on probation', () => {
    const health = new InstanceHealth(rule);
    health.takeOut(1_000);
    expect([health.isOut(1_000), health.isOut(15_999), health.isOut(16_000)]).toEqual([true, true, false]);
    expect(health.failed(16_500)).toBe(true);
    const steady = new InstanceHealth(rule);
    steady.takeOut(1_000);
    expect([steady.failed(31_000), steady.failed(31_001), steady.failed(31_002)]).toEqual([false, false, true]);
  });
});
