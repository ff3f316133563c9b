import { blindness, probeAll } from './prober.ts';
import type { Result } from './prober.ts';
import { targetsOf, testTarget } from './targets.ts';
import type { Limits, Shop } from './targets.ts';

export interface Round {
  readonly status: 'ok' | 'degraded' | 'failed';
  /** ISO 8601. */
  readonly at: string;
  /** Why the prober is not to be believed; null when it is. */
  readonly selfTest: string | null;
  readonly results: readonly Result[];
}

/** One look at everything, after a look at itself. */
export async function lookAround(shop: Shop, limits: Limits): Promise<Round> {
  const test = testTarget(shop, limits);
  const selfTest = test === undefined ? 'no process has a test address' : await blindnessOf(test);
  const results = await probeAll(targetsOf(shop, limits));
  return { status: worst(results, selfTest), at: new Date().toISOString(), selfTest: selfTest ?? null, results };
}

const blindnessOf = (test: Parameters<typeof blindness>[0]): Promise<string | undefined> =>
  blindness(test).catch((error: Error) => `${test.url}: ${error.message}`);

/** A prober that cannot see failures has found nothing out, whatever it saw. */
export function worst(results: readonly Pick<Result, 'status'>[], selfTest: string | undefined): Round['status'] {
  if (selfTest !== undefined || results.some(({ status }) => status === 'failed')) return 'failed';
  return results.some(({ status }) => status === 'degraded') ? 'degraded' : 'ok';
}
