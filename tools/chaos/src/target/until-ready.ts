import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../../../cli/src/shop/wait-for.ts';

/**
 * Waits until a look, taken every `everyMs`, has found nobody missing twice in a row.
 * @throws Error naming who was missing at the last look, after `withinMs`
 */
export async function untilReady(
  missingNow: () => Promise<readonly string[]>,
  { withinMs, everyMs }: { withinMs: number; everyMs: number },
): Promise<void> {
  let inARow = 0;
  let missing: readonly string[] = [];
  await waitFor('the processes are ready', withinMs, async () => {
    missing = await missingNow();
    inARow = missing.length === 0 ? inARow + 1 : 0;
    await sleep(everyMs);
    return inARow >= 2;
  }).catch(() => {
    throw new Error(`${missing.join(', ') || 'nobody'} not ready after ${Math.round(withinMs / 1_000)} s`);
  });
}
