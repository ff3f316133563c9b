import { z } from 'zod';
import { seconds } from '../experiment/experiment.ts';
import { Answers, type Ask, asker, caller, publicPath } from './callers.ts';
import type { Fault } from './fault.ts';
import { paused } from './repeat.ts';

const parameters = z.strictObject({
  clients: z.number().int().min(1).max(500),
  /** Tries in all, the first one included. */
  tries: z.number().int().min(2).max(20).default(10),
  path: publicPath.default('/api/products?pageSize=20'),
  as: caller.default('storm'),
  /** From what a client wanted to what it wants next. */
  pause: seconds.pipe(z.number().min(50).max(60_000)).default(1_000),
});
type Parameters = z.output<typeof parameters>;

/**
 * Clients that take no refusal: what fails is asked again at once, though they were told to come back later. Counts `own.storm.asked`
 * and `own.storm.failed`.
 */
export const retryStorm: Fault<Parameters> = {
  kind: 'retry-storm',
  summary: 'clients send again at once what failed',
  on: ['host', 'k8s'],
  parameters,
  says: ({ clients, tries, path }) =>
    `${clients} clients ask for ${path}, up to ${tries} times without a pause where it fails`,
  inject: async ({ target, until, random, background, count, note }, { clients, tries, path, as, pause }) => {
    const ask = await asker(target, { path, as }, { until, random });
    const answers = new Answers();
    const add = (status: number): void => {
      answers.add(status);
      count('storm.asked');
      if (isFailed(status)) count('storm.failed');
    };
    count('storm.failed', 0);
    const all = Array.from({ length: clients }, async () => {
      // Not all at the same moment, but wherever they are in their second.
      for (let wait = random() * pause; await paused(wait, until); wait = pause) await stubborn(ask, tries, add, until);
    });
    background(Promise.all(all).then(() => note(`the storm: ${answers.toString()}`)));
  },
};

const isFailed = (status: number): boolean => status === 0 || status === 429 || status >= 500;

async function stubborn(ask: Ask, tries: number, add: (status: number) => void, until: AbortSignal): Promise<void> {
  for (let tried = 0; tried < tries && !until.aborted; tried++) {
    const status = await ask();
    if (until.aborted) return;
    add(status);
    if (!isFailed(status)) return;
  }
}
