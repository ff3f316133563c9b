import { z } from 'zod';
import { Answers, type Ask, asker, caller, publicPath } from './callers.ts';
import type { Fault } from './fault.ts';
import { paused } from './repeat.ts';

const TICK_MS = 20;
const MOST_AT_ONCE = 1_000;

const parameters = z.strictObject({
  perSecond: z.number().positive().max(1_000),
  path: publicPath.default('/api/products?pageSize=20'),
  as: caller.default('flood'),
});
type Parameters = z.output<typeof parameters>;

/**
 * One caller asks much more than all others, and does not wait for answers before it asks again. Counts `own.flood.asked`,
 * `own.flood.served` and `own.flood.refused` (429 and 503).
 */
export const flood: Fault<Parameters> = {
  kind: 'flood',
  summary: 'one caller sends far too many requests',
  on: ['host', 'k8s'],
  parameters,
  says: ({ perSecond, path, as }) => `${as} asks for ${path} ${perSecond} times a second`,
  inject: async ({ target, until, random, background, count, note }, { perSecond, path, as }) => {
    const ask = await asker(target, { path, as }, { until, random });
    const counted = async (): Promise<number> => {
      const status = await ask();
      count('flood.asked');
      if (status >= 200 && status < 400) count('flood.served');
      if (status === 429 || status === 503) count('flood.refused');
      return status;
    };
    count('flood.refused', 0);
    background(pour(counted, perSecond, until).then((answers) => note(`${as} has sent ${answers.toString()}`)));
  },
};

/** So many a second whatever the answers do; those that would be more than 1,000 at once are not sent. */
export async function pour(ask: Ask, perSecond: number, until: AbortSignal): Promise<Answers> {
  const answers = new Answers();
  const waiting = new Set<Promise<void>>();
  const began = performance.now();
  for (let sent = 0; await paused(TICK_MS, until);) {
    for (const due = ((performance.now() - began) / 1_000) * perSecond; sent < due; sent++) {
      if (waiting.size >= MOST_AT_ONCE) continue;
      const answered = ask().then((status) => {
        // What is under way when the fault ends is broken off by ourselves.
        if (!until.aborted) answers.add(status);
        waiting.delete(answered);
      });
      waiting.add(answered);
    }
  }
  await Promise.all(waiting);
  return answers;
}
