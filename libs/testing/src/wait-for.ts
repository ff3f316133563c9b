import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 20;
/** Only ends what hangs: far more than a busy machine needs, less than Jest gives a test (jest.config.mjs). */
const PATIENCE_MS = 20_000;

/**
 * Waits until `condition` gives something truthy and returns that. An error of the condition counts as "not yet".
 * @param timeoutMs only where it is part of what is promised, or where a test may take longer than others; default 20 s
 * @throws Error naming `what` and the last error after `timeoutMs`
 */
export async function waitFor<T>(
  condition: () => Promise<T> | T,
  { what, timeoutMs = PATIENCE_MS }: { what: string; timeoutMs?: number },
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
