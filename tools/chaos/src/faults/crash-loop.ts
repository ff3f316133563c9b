import { z } from 'zod';
import { seconds } from '../experiment/experiment.ts';
import { sabotage, withSaboteur } from './control-file.ts';
import type { Fault } from './fault.ts';
import { processName, saysTime } from './parameters.ts';

const parameters = z.strictObject({
  process: processName,
  /** How long each life lasts. */
  lives: seconds.pipe(z.number().min(0).max(30_000)).default(500),
});
type Parameters = z.output<typeof parameters>;

/** Each life ends soon after its start, so that whoever starts it again waits longer and longer. */
export const crashLoop: Fault<Parameters> = {
  kind: 'crash-loop',
  summary: 'a service dies soon after each start',
  on: ['host'],
  parameters,
  says: ({ process, lives }) => `${process} dies ${saysTime(lives)} after each start`,
  prepare: async ({ target, runWith }, { process }) => runWith(process, withSaboteur(target.context.instance, process)),
  inject: (injecting, { process, lives }) => sabotage(injecting, process, { dieAfterMs: lives }),
};
