import { describe, expect, it } from '@jest/globals';
import { nextLimit, stepped } from './adaptive-limit.js';
import { RULES, type Second, simulate } from './queue.mother.js';

const seen = (meanMs: number, mostInFlight = 100) => ({ meanMs, count: 50, mostInFlight });
const state = { limit: 100, baselineMs: 100, pressed: 0 };

describe('one step of the adaptive limit', () => {
  it('grows while answers are as fast as ever and the limit is used, and only then', () => {
    expect(nextLimit(state, seen(100), RULES).limit).toBeGreaterThan(100);
    expect(nextLimit(state, seen(100, 49), RULES).limit).toBe(100);
  });

  it('shrinks by as much as answers are slower than tolerated, and by a tenth at most', () => {
    expect(nextLimit(state, seen(160), RULES).limit).toBeCloseTo(93.75 + Math.log2(100) / 2);
    expect(nextLimit(state, seen(10_000), RULES).limit).toBe(90);
  });

  it('lets fast answers get slower by the slack, however many times that is', () => {
    const fast = { ...state, baselineMs: 1 };
    expect(nextLimit(fast, seen(10.9), RULES).limit).toBeGreaterThan(100);
    expect(nextLimit(fast, seen(13), RULES).limit).toBeLessThan(100);
  });

  it.each([1, 5, 50, 1_000])('never leaves floor and ceiling, whatever it sees (limit %d)', (limit) => {
    for (const gradient of [0, 0.001, 0.5, 0.99, 1, 1_000, Infinity])
      for (const most of [0, limit, 10_000]) {
        const next = stepped(limit, gradient, most, RULES);
        expect(next).toBeGreaterThanOrEqual(RULES.floor);
        expect(next).toBeLessThanOrEqual(RULES.ceiling);
      }
  });

  it('takes what is faster for the baseline at once, what is slower bit by bit, and a queue of its own making never', () => {
    expect(nextLimit(state, seen(80), RULES).baselineMs).toBe(80);
    expect(nextLimit(state, seen(200, 40), RULES).baselineMs).toBeCloseTo(101);
    expect(nextLimit(state, seen(200, 50), RULES).baselineMs).toBe(100);
  });

  it('looks after a minute under pressure how fast the service is without a queue, and goes on where it was', () => {
    let now = { ...state, pressed: 598 };
    now = { ...now, ...nextLimit(now, seen(200), RULES) };
    const resumesAt = now.limit;
    const limits: number[] = [];
    for (let step = 0; step < 5; step += 1) {
      now = { ...nextLimit(now, seen(step < 4 ? 400 : 300, 4 + resumesAt), RULES) };
      limits.push(now.limit);
    }
    expect(limits).toEqual([RULES.floor, RULES.floor, RULES.floor, RULES.floor, resumesAt]);
    expect(now).toMatchObject({ baselineMs: 300, pressed: 0 });
    expect(nextLimit({ ...state, pressed: 598 }, seen(200, 10), RULES).pressed).toBe(0);
  });
});

const mean = (seconds: readonly Second[], of: (one: Second) => number): number =>
  seconds.reduce((sum, one) => sum + of(one), 0) / seconds.length;
const p99 = ({ p99Ms }: Second): number => p99Ms;
const times = (count: number, rate: number): number[] => Array<number>(count).fill(rate);
/** Half of what it can do, three times that, and half again. */
const wave = (capacity: number): number[] => [
  ...times(8, capacity / 2),
  ...times(20, capacity * 3),
  ...times(10, capacity / 2),
];

describe.each([
  { workers: 8, serviceMs: 20 },
  { workers: 4, serviceMs: 50 },
  { workers: 16, serviceMs: 25 },
])('a service of $workers × $serviceMs ms at three times what it can do', (service) => {
  const capacity = (service.workers * 1_000) / service.serviceMs;
  const seconds = simulate(service, wave(capacity));
  const half = seconds.slice(2, 8);

  it('THR-6 answers as much as it can, hardly slower than with half the load', () => {
    const overloaded = seconds.slice(13, 28);
    expect(mean(overloaded, ({ goodput }) => goodput)).toBeGreaterThanOrEqual(0.9 * capacity);
    expect(mean(overloaded, p99)).toBeLessThanOrEqual(2 * mean(half, p99));
  });

  it('THR-6 sheds nothing before and, two seconds later, nothing after', () => {
    const after = seconds.slice(30);
    expect(mean(half, ({ shed }) => shed)).toBe(0);
    expect(mean(after, ({ shed }) => shed)).toBe(0);
    expect(mean(after, p99)).toBeLessThanOrEqual(1.5 * mean(half, p99));
  });
});

describe('the same without a limit', () => {
  it('answers later and later, and long after it is over', () => {
    const seconds = simulate({ workers: 4, serviceMs: 50 }, wave(80), 'let everything in');
    const half = mean(seconds.slice(2, 8), p99);
    expect(mean(seconds.slice(20, 28), p99)).toBeGreaterThan(20 * half);
    expect(seconds.at(-1)?.p99Ms).toBeGreaterThan(20 * half);
  });
});
