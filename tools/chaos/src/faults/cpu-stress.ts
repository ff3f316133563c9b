import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { seconds } from '../experiment/experiment.ts';
import { sabotage, withSaboteur } from './control-file.ts';
import type { Fault, Injecting } from './fault.ts';
import { addProcess, endMarked, markOf } from './marks.ts';
import { processName, saysTime } from './parameters.ts';

const oneProcess = z.strictObject({
  process: processName,
  /** How much of its time the event loop is blocked. */
  percent: z.number().min(1).max(100).default(90),
  /** How long at a stretch. */
  block: seconds.pipe(z.number().min(1).max(20_000)).default(200),
});
const machine = z.strictObject({
  /** Processes that do nothing but compute, each on a core of its own as long as there are some. */
  workers: z.number().int().min(1).max(32).default(availableParallelism()),
});
const parameters = z.union([oneProcess, machine]);
type Parameters = z.output<typeof parameters>;

/** Either one service has no time (its event loop is blocked, by code inside it), or the machine has none (others compute on it). */
export const cpuStress: Fault<Parameters> = {
  kind: 'cpu-stress',
  summary: 'the event loop of a service is blocked, or other processes keep the cores of the machine busy',
  on: ['host'],
  parameters,
  says: (wish) =>
    'process' in wish
      ? `event loop of ${wish.process} blocked ${wish.percent} % of the time, ${saysTime(wish.block)} at a stretch`
      : `${wish.workers} processes that compute beside the shop`,
  prepare: async ({ target, runWith }, wish) => {
    if ('process' in wish) runWith(wish.process, withSaboteur(target.context.instance, wish.process));
  },
  inject: (injecting, wish) =>
    'process' in wish
      ? sabotage(injecting, wish.process, { busyPercent: wish.percent, blockMs: wish.block })
      : compute(injecting, wish.workers),
};

async function compute({ target, journal, note }: Injecting, workers: number): Promise<void> {
  const mark = markOf(target.context.instance, 'computing');
  await journal.before(endMarked(mark, 'end the processes that compute'));
  const args = [join(import.meta.dirname, 'inside', 'compute.mjs')];
  for (let worker = 0; worker < workers; worker++) addProcess(mark, { command: process.execPath, args });
  note(`${workers} processes compute`);
}
