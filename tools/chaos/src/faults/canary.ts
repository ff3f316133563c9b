import { z } from 'zod';
import { changeSettings } from './config-change.ts';
import type { Fault } from './fault.ts';
import { environmentOfMarked, markOf } from './marks.ts';
import { processName } from './parameters.ts';

const parameters = z.strictObject({
  /** Of which a second process runs: fault `replica`. */
  upstream: processName,
  /** Per cent of the callers. */
  weight: z.int().min(1).max(100).default(50),
});
type Parameters = z.output<typeof parameters>;

/** A share of the callers meets the second process of a service as its next version. */
export const canary: Fault<Parameters> = {
  kind: 'canary',
  summary: 'a share of the callers meets the second process of a service',
  on: ['host'],
  parameters,
  says: ({ upstream, weight }) => `${weight} % of the callers meet the second ${upstream}`,
  async inject(injecting, { upstream, weight }) {
    const port = environmentOfMarked(markOf(injecting.target.context.instance, `${upstream}-2`), 'HTTP_PORT');
    if (port === undefined) throw new Error(`no second ${upstream} runs: the fault replica starts one`);
    const second = { version: 'next', urls: [`http://127.0.0.1:${port}`], weight };
    await changeSettings(injecting, { [`routes.upstreams.${upstream}.canary`]: second });
  },
};
