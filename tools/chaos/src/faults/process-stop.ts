import { z } from 'zod';
import type { Fault } from './fault.ts';
import { processNames, saysNames } from './parameters.ts';
import { startAgain } from './ways-back.ts';

const parameters = z.strictObject({
  process: processNames,
  /** `orderly`: it is asked to end, and may finish what it does. `kill`: it is not asked. */
  how: z.enum(['orderly', 'kill']).default('orderly'),
});
type Parameters = z.output<typeof parameters>;

/** It ends and stays away until the fault is over: nobody starts it again meanwhile. */
export const processStop: Fault<Parameters> = {
  kind: 'process-stop',
  summary: 'processes end and stay away until the fault is over',
  on: ['host', 'k8s'],
  parameters,
  says: ({ process, how }) => `${saysNames(process)} ${how === 'kill' ? 'killed and kept away' : 'stopped'}`,
  /** Nothing is written down for one that is not there: nobody could start it again. */
  prepare: async ({ target }, { process }) => void (await Promise.all(process.map((name) => target.process(name)))),
  async inject({ target, journal, note }, { process, how }) {
    await Promise.all(
      process.map(async (name) => {
        await journal.before(startAgain(name));
        await target.stop(name, how);
        note(`${name} is away`);
      }),
    );
  },
};
