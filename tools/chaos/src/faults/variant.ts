import { z } from 'zod';
import type { Fault } from './fault.ts';
import { processNames, saysNames } from './parameters.ts';

const parameters = z.strictObject({
  process: processNames,
  /** Of ./souk up --help and docs/patterns. */
  variants: z.array(z.string().regex(/^[a-z][a-z0-9-]*$/)).min(1),
});
type Parameters = z.output<typeof parameters>;

/** The process runs with weaker implementations from before the baseline until the end of the run. */
export const variant: Fault<Parameters> = {
  kind: 'variant',
  summary: 'a service runs without a pattern',
  on: ['host', 'k8s'],
  parameters,
  says: ({ process, variants }) => `${saysNames(process)} with ${variants.join(', ')}`,
  prepare: async ({ runWith }, { process, variants }) => {
    for (const name of process) runWith(name, { env: { SOUK_VARIANTS: variants.join() } });
  },
  inject: async () => undefined,
};
