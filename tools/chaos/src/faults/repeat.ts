import { setTimeout as sleep } from 'node:timers/promises';

/** Waits; false where it was aborted meanwhile. */
export async function paused(ms: number, until: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal: until });
    return true;
  } catch {
    return false; // sleep fails in no other way
  }
}

/** Does it every so often until it is aborted, at most `times`; a round ends before the next one begins. */
export async function repeat(
  { everyMs, times, until }: { readonly everyMs: number; readonly times: number; readonly until: AbortSignal },
  work: () => Promise<unknown>,
): Promise<void> {
  for (let time = 0; time < times && (await paused(everyMs, until)); time++) await work();
}
