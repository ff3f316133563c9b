import { z } from 'zod';
import { seconds } from '../experiment/experiment.ts';
import { Answers, asker, caller, publicPath } from './callers.ts';
import type { Fault } from './fault.ts';
import { saysTime } from './parameters.ts';
import { repeat } from './repeat.ts';

const parameters = z.strictObject({
  clients: z.number().int().min(2).max(1_000),
  path: publicPath.default('/api/pages/product/{product}'),
  as: caller.optional(),
  waves: z.number().int().min(1).max(100).default(1),
  every: seconds.pipe(z.number().min(100).max(60_000)).default(2_000),
});
type Parameters = z.output<typeof parameters>;

/**
 * Everybody wants the same at the same moment; where no copy of it is there, all of them may want to make one. Counts
 * `own.herd.asked`, `own.herd.served` and `own.herd.refused` (429 and 503).
 */
export const thunderingHerd: Fault<Parameters> = {
  kind: 'thundering-herd',
  summary: 'many clients ask for the same thing at the same moment',
  on: ['host', 'k8s'],
  parameters,
  says: ({ clients, path, waves, every }) =>
    `${clients} clients ask for ${path} at once${waves > 1 ? `, ${waves} times, every ${saysTime(every)}` : ''}`,
  inject: async ({ target, until, random, background, count, note }, { clients, path, as, waves, every }) => {
    const ask = await asker(target, { path, as }, { until, random });
    const answers = new Answers();
    const wave = async (): Promise<void> => {
      const statuses = await Promise.all(Array.from({ length: clients }, ask));
      for (const status of statuses) answers.add(status);
      count('herd.asked', clients);
      count('herd.served', statuses.filter((status) => status >= 200 && status < 400).length);
      count('herd.refused', statuses.filter((status) => status === 429 || status === 503).length);
    };
    const all = async (): Promise<void> => {
      await wave();
      if (!until.aborted) await repeat({ everyMs: every, times: waves - 1, until }, wave);
      note(`the herd: ${answers.toString()}`);
    };
    background(all());
  },
};
