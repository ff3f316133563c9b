import { z } from 'zod';
import { seconds } from '../experiment/experiment.ts';
import type { Fault, Injecting } from './fault.ts';
import { processNames, saysNames } from './parameters.ts';
import { paused } from './repeat.ts';
import { startAgain } from './ways-back.ts';

const READY_MS = 60_000;

const parameters = z.strictObject({
  process: processNames,
  /** Between one that is ready and the next. */
  pause: seconds.pipe(z.number().max(60_000)).default(1_000),
  rounds: z.number().int().min(1).max(20).default(1),
});
type Parameters = z.output<typeof parameters>;

/** As an update would: asked to end, ended, started, ready, then the next one. */
export const restartRolling: Fault<Parameters> = {
  kind: 'restart-rolling',
  summary: 'services are restarted in an orderly way, one after the other',
  on: ['host', 'k8s'],
  parameters,
  says: ({ process, rounds }) =>
    `${saysNames(process)} restarted one after the other${rounds > 1 ? `, ${rounds} times` : ''}`,
  /** Nothing is written down for one that is not there: nobody could start it again. */
  prepare: async ({ target }, { process }) => void (await Promise.all(process.map((name) => target.process(name)))),
  inject: async (injecting, { process, pause, rounds }) => {
    const all = Array.from({ length: rounds }, () => process).flat();
    injecting.background(oneAfterTheOther(injecting, all, pause));
  },
};

async function oneAfterTheOther({ target, journal, until, note }: Injecting, names: readonly string[], pause: number) {
  for (const name of names) {
    if (until.aborted) return;
    await journal.before(startAgain(name));
    await target.stop(name);
    await target.start(name);
    await target.ready([name], READY_MS);
    note(`${name} is restarted`);
    await paused(pause, until);
  }
}
