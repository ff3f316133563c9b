import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Starts `send` at a fixed rate whether or not earlier calls have been answered (an open model: a slow shop does not slow
 * its customers down). Resolves when every call has ended.
 */
export async function openLoad<T>(
  ratePerSecond: number,
  seconds: number,
  send: (index: number) => Promise<T>,
): Promise<T[]> {
  const began = performance.now();
  const calls: Promise<T>[] = [];
  for (let index = 0; index < ratePerSecond * seconds; index++) {
    const wait = began + (index * 1000) / ratePerSecond - performance.now();
    if (wait > 0) await sleep(wait);
    calls.push(send(index));
  }
  return Promise.all(calls);
}
