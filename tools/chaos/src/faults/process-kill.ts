import { z } from 'zod';
import { seconds } from '../experiment/experiment.ts';
import type { Fault, Injecting } from './fault.ts';
import { drawn, processNames, saysNames, saysTime } from './parameters.ts';
import { repeat } from './repeat.ts';
import { runningNow, startAgain } from './ways-back.ts';

const parameters = z.strictObject({
  process: processNames,
  /** So many of them each time, drawn by the seed; without it all. */
  choose: z.number().int().min(1).optional(),
  /** Again and again while the fault lasts; without it once. */
  every: seconds.pipe(z.number().min(500).max(600_000)).optional(),
  /** At most so often in all. */
  times: z.number().int().min(1).max(100).default(100),
});
type Parameters = z.output<typeof parameters>;

/** SIGKILL: nothing tidies up. Whoever keeps processes running starts it again at once. */
export const processKill: Fault<Parameters> = {
  kind: 'process-kill',
  summary: 'kill -9 of processes, once or again and again; they are started again by themselves',
  on: ['host', 'k8s'],
  parameters,
  says: ({ process, choose, every }) =>
    `kill -9 of ${saysNames(process, choose)}${every === undefined ? '' : ` every ${saysTime(every)}`}`,
  /** Nothing is written down for one that is not there: nobody could start it again. */
  prepare: async ({ target }, { process }) => void (await Promise.all(process.map((name) => target.process(name)))),
  async inject(injecting, { process, choose = process.length, every, times }) {
    const { journal, random, until, background } = injecting;
    for (const name of process) await journal.before(startAgain(name));
    const round = (): Promise<unknown> =>
      Promise.all(drawn(process, choose, random).map((name) => killOne(injecting, name)));
    await round();
    if (every !== undefined) background(repeat({ everyMs: every, times: times - 1, until }, round));
  },
};

async function killOne({ target, note }: Injecting, name: string): Promise<void> {
  // In a cluster there is no pid; on a host it may still be on its way back from the last time.
  if (target.kind === 'host' && (await runningNow(target, name)) === undefined) return note(`${name} is away already`);
  await target.signal(name, 'SIGKILL');
  note(`kill -9 of ${name}`);
}
