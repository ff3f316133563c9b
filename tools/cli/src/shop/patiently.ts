import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from './api-client.ts';

/** The service is short of breath, or what it stands on is not there yet. */
const PASSING = [429, 502, 503, 504];

/**
 * Sends what may be sent again until it is answered otherwise than that it has to wait: a shop that has just come up, on a machine
 * that has much to do, needs a moment. Any other refusal, and the last one after `withinMs`, is the caller's.
 */
export async function patiently<T>(send: () => Promise<T>, withinMs = 60_000, everyMs = 500): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof ApiError) || !PASSING.includes(error.status) || performance.now() >= end) throw error;
    }
    await sleep(everyMs);
  }
}
