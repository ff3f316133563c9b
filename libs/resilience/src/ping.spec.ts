import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CircuitOpen } from './faults.js';
import { breaker, caught, down, never, policyOf } from './policy.mother.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe('a ping', () => {
  it('CB-8: asks the other side while open, and tries as soon as it says that it is well', async () => {
    let isWell = false;
    let asked = 0;
    const ask = async (): Promise<void> => {
      asked += 1;
      if (!isWell) throw new Error('not yet');
    };
    const { policy } = policyOf({ breaker: { ...breaker, openMs: 30_000 }, ping: { ask, everyMs: 500 } });
    for (let call = 0; call < 4; call++) await caught(policy.execute(down));
    await jest.advanceTimersByTimeAsync(2_000);
    expect([asked, await caught(policy.execute(down))]).toEqual([5, expect.any(CircuitOpen)]);
    isWell = true;
    await jest.advanceTimersByTimeAsync(500);
    await expect(policy.execute(async () => 'back')).resolves.toBe('back');
    await jest.advanceTimersByTimeAsync(60_000);
    expect(asked).toBe(6);
    for (let call = 0; call < 4; call++) await caught(policy.execute(down));
    await jest.advanceTimersByTimeAsync(400);
    expect(asked).toBe(7);
    policy.circuit?.reset();
    for (let call = 0; call < 4; call++) await caught(policy.execute(down));
    await jest.advanceTimersByTimeAsync(500);
    expect(asked).toBe(8);
  });

  it('CB-8, CB-9: asks nobody about a circuit that is held open, and again when it opens by itself', async () => {
    let asked = 0;
    const ask = async (): Promise<void> => void (asked += 1);
    const { policy } = policyOf({ breaker, ping: { ask, everyMs: 500 } });
    policy.circuit?.force('open');
    await jest.advanceTimersByTimeAsync(2_000);
    expect(asked).toBe(0);
    policy.circuit?.reset();
    for (let call = 0; call < 4; call++) await caught(policy.execute(down));
    await jest.advanceTimersByTimeAsync(600);
    expect(asked).toBe(2);
    policy.circuit?.force('open');
    await jest.advanceTimersByTimeAsync(2_000);
    expect(asked).toBe(2);
  });

  it('CB-8: asks no more once it was told to end, also where nobody calls that could close the circuit', async () => {
    const ends = new AbortController();
    const signals: AbortSignal[] = [];
    const ask = (signal: AbortSignal): Promise<never> => (signals.push(signal), never());
    const { policy } = policyOf({ breaker, ping: { ask, everyMs: 500, signal: ends.signal } });
    for (let call = 0; call < 4; call++) await caught(policy.execute(down));
    await jest.advanceTimersByTimeAsync(1_100);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    ends.abort();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    await jest.advanceTimersByTimeAsync(60_000);
    expect([signals.length, policy.state().circuit, jest.getTimerCount()]).toEqual([2, 'open', 0]);
  });

  it('CB-7, CB-8: believes nobody who says all along that all is well', async () => {
    let isWell = true;
    const ask = async (): Promise<void> => {
      if (!isWell) throw new Error('not yet');
    };
    const { policy } = policyOf({ breaker: { ...breaker, openMs: 10_000 }, ping: { ask, everyMs: 500 } });
    const isRefused = async () => (await caught(policy.execute(down))) instanceof CircuitOpen;
    for (let call = 0; call < 4; call++) await caught(policy.execute(down));
    await jest.advanceTimersByTimeAsync(9_000);
    expect(await isRefused()).toBe(true);
    isWell = false;
    await jest.advanceTimersByTimeAsync(500);
    isWell = true;
    await jest.advanceTimersByTimeAsync(500);
    // It was wrong: the trial fails, and what it said in the last pause counts no more in the next.
    expect([await isRefused(), await isRefused()]).toEqual([false, true]);
    await jest.advanceTimersByTimeAsync(19_000);
    expect(await isRefused()).toBe(true);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(await isRefused()).toBe(false);
  });
});
