import { z } from 'zod';
import { waitFor } from '../../../cli/src/shop/wait-for.ts';
import { seconds } from '../experiment/experiment.ts';
import type { Target } from '../target/target.ts';
import type { Fault } from './fault.ts';
import { processName, saysTime } from './parameters.ts';
import { repeat } from './repeat.ts';
import { type StoredUndo, undo } from './undo.ts';
import { runningNow } from './ways-back.ts';

const ANSWERS_WITHIN_MS = 2_000;
const ARMS_WITHIN_MS = 20_000;
const MOST_TIMES = 200;

const parameters = z.strictObject({
  process: processName,
  /** `point=crash|throw|sleep:MS[@HIT]`, comma separated; docs/failpoints.md has the points. */
  arm: z
    .string()
    .regex(/^[a-z0-9.-]+=(crash|throw|sleep:\d{1,6})(@\d+)?(,[a-z0-9.-]+=(crash|throw|sleep:\d{1,6})(@\d+)?)*$/, {
      error: 'point=crash|throw|sleep:MS[@HIT], comma separated',
    }),
  /** Armed anew every so often: a process that died of it comes back without. */
  again: seconds.pipe(z.number().min(500).max(600_000)).optional(),
  /** Armed in the environment, from before the baseline until the end of the run, and in every life. */
  fromTheStart: z.boolean().default(false),
});
type Parameters = z.output<typeof parameters>;

/** A named place in the code dies, fails or waits. */
export const failpoint: Fault<Parameters> = {
  kind: 'failpoint',
  summary: 'a named place in the code dies, fails or waits',
  on: ['host', 'k8s'],
  parameters,
  says: ({ process, arm, again }) =>
    `failpoint ${arm.replaceAll(',', ', ')} in ${process}${again === undefined ? '' : `, again every ${saysTime(again)}`}`,
  prepare: async ({ runWith }, { process, arm, fromTheStart }) =>
    runWith(process, { env: { SOUK_FAILPOINTS: fromTheStart ? arm : 'on' } }),
  inject: async ({ target, journal, until, background }, { process, arm, again, fromTheStart }) => {
    if (fromTheStart) return;
    await journal.before({ undo: 'disarm', with: { process }, says: `disarm the failpoints of ${process}` });
    const arms = () => armOnceUp(target, process, arm, until);
    await arms();
    if (again !== undefined) background(repeat({ everyMs: again, times: MOST_TIMES, until }, arms));
  },
};

export const FAILPOINT_UNDOS: Readonly<Record<string, StoredUndo>> = {
  disarm: undo({
    parameters: z.object({ process: processName }),
    run: async (target, { process }) => {
      await waitFor(`${process} disarms its failpoints`, ARMS_WITHIN_MS, async () => {
        // One that does not run has nothing armed, and one that runs without failpoints answers that there is no such address.
        if (target.kind === 'host' && (await runningNow(target, process)) === undefined) return true;
        return (await put(target, process, '')).status < 500;
      });
    },
  }),
};

/** It may be on its way back from the last crash. */
async function armOnceUp(target: Target, process: string, arm: string, until: AbortSignal): Promise<void> {
  const refusal = await waitFor(`${process} takes ${arm}`, ARMS_WITHIN_MS, async () => {
    if (until.aborted) return '';
    const answer = await put(target, process, arm);
    return answer.ok ? '' : answer.text();
  });
  if (refusal !== '') throw new Error(`${process} does not arm ${arm}: ${refusal}`);
}

function put(target: Target, process: string, spec: string): Promise<Response> {
  return fetch(`${target.managementUrl(process)}/failpoints`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ spec }),
    signal: AbortSignal.timeout(ANSWERS_WITHIN_MS),
  });
}
