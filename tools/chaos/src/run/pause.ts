import { setTimeout as sleep } from 'node:timers/promises';

/** Waits so long, for ever if Infinity; ends early, without an error, when the signal says so. */
export async function pause(ms: number, until: AbortSignal): Promise<void> {
  if (until.aborted || ms <= 0) return;
  if (ms === Infinity) return ended(until);
  await sleep(ms, undefined, { signal: until }).catch(() => undefined);
}

const ended = (until: AbortSignal): Promise<void> =>
  new Promise((resolve) => until.addEventListener('abort', () => resolve(), { once: true }));
