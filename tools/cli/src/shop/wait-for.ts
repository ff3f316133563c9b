import { setTimeout as sleep } from 'node:timers/promises';

/** Asks `condition` every 100 ms until it is true (or answers a value); after `timeoutMs` an error says what was waited for. */
export async function waitFor<T>(
  what: string,
  timeoutMs: number,
  condition: () => Promise<T | false | undefined>,
  everyMs = 100,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  let lastError: unknown;
  do {
    try {
      const value = await condition();
      if (value !== false && value !== undefined) return value;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    await sleep(everyMs);
  } while (performance.now() < end);
  const why = lastError instanceof Error ? `: ${lastError.message}` : '';
  throw new Error(`Waited ${timeoutMs / 1000} s in vain until ${what}${why}`, { cause: lastError });
}
