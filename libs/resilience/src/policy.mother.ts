import { jest } from '@jest/globals';
import { type ResilienceEvent, resilient, type ResilientOptions } from './resilient.js';

export const retry = { attempts: 2, baseDelayMs: 100, maxDelayMs: 500 };
export const breaker = { minimumCalls: 4, openMs: 1_000, successes: 1 };
export const down = (): Promise<never> => Promise.reject(Object.assign(new Error('down'), { code: 'ECONNREFUSED' }));
export const never = (): Promise<never> => new Promise(() => undefined);
export const refusal = Object.assign(new Error('no such thing'), { code: 'unknown-sku', kind: 'not-found' });
export const busy = (retryAfterSeconds: number) =>
  Object.assign(new Error('busy'), { kind: 'unavailable', code: 'busy', retryAfterSeconds });
export const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

/** A policy with the clock of the test, and what it told. */
export function policyOf(options: Partial<ResilientOptions> = {}) {
  const events: ResilienceEvent[] = [];
  const policy = resilient({
    name: 'x',
    timeoutMs: 1_000,
    random: () => 0.5,
    onEvent: (event) => events.push(event),
    ...options,
  });
  return { policy, events };
}

/** Lets time pass until the promise is settled; milliseconds of the test's clock. */
export async function settle<T>(promise: Promise<T>, maxMs = 60_000): Promise<{ result: T | unknown; ms: number }> {
  const begunAt = performance.now();
  let isDone = false;
  const result = promise.catch((error: unknown) => error).finally(() => (isDone = true));
  while (!isDone && performance.now() - begunAt < maxMs) await jest.advanceTimersByTimeAsync(10);
  return { result: await result, ms: performance.now() - begunAt };
}
