import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 20;

/**
 * Waits until `condition` gives something truthy and returns that. An error of the condition counts as "not yet".
 * @throws Error naming `what` and the last error after `timeoutMs`
 */
export async function waitFor<T>(
  condition: () => Promise<T> | T,
  { timeoutMs, what }: { timeoutMs: number; what: string },
): Promise<Exclude<T, false | undefined | null>> {
  const until = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value as Exclude<T, false | undefined | null>;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() >= until) throw new Error(`waited ${timeoutMs} ms for ${what}`, { cause: last });
    await sleep(POLL_MS);
  }
}
