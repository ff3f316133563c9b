import { z } from 'zod';
import { waitFor } from '../../../cli/src/shop/wait-for.ts';
import { type ProcessIdentity, signal, statOf } from '../../../cli/src/system/process-identity.ts';
import type { Target } from '../target/target.ts';
import type { Fault, Injecting } from './fault.ts';
import { marked, markOf } from './marks.ts';
import { processNames, saysNames } from './parameters.ts';
import { treeOf } from './process-tree.ts';
import { mustRun } from './ways-back.ts';

const parameters = z.strictObject({ process: processNames });
/** A process that waits for a disk stops after that. */
const STILL_WITHIN_MS = 10_000;
type Parameters = z.output<typeof parameters>;

/** SIGSTOP of it and its children: connections stay open, nothing answers, as with a long collection of garbage or a frozen machine. */
export const processPause: Fault<Parameters> = {
  kind: 'process-pause',
  summary: 'processes, or replicas of them, stop in the middle of whatever they do, and go on later',
  on: ['host'],
  parameters,
  says: ({ process }) => `${saysNames(process)} frozen`,
  inject: async (injecting, { process }) => {
    await Promise.all(process.map((name) => freeze(injecting, name)));
  },
};

async function freeze({ target, journal, note }: Injecting, name: string): Promise<void> {
  const root = await pidOf(target, name);
  const stopped = new Set<number>();
  const running = () => treeOf(root).filter(({ pid }) => !stopped.has(pid));
  // The root is stopped in the first round and makes no more children then.
  for (let identities = running(); identities.length > 0; identities = running()) {
    await journal.before({ undo: 'continue-process', with: { identities }, says: `let ${name} go on` });
    for (const identity of identities) {
      signal(identity, 'SIGSTOP');
      stopped.add(identity.pid);
    }
    await waitFor(`${name} stands still`, STILL_WITHIN_MS, async () => identities.every(isStill), 20);
  }
  note(`${name} is frozen: ${stopped.size} ${stopped.size === 1 ? 'process' : 'processes'}`);
}

/** A signal is there at once, and taken when the process is next about to run. */
const isStill = ({ pid }: ProcessIdentity): boolean => ['T', 't', 'Z', undefined].includes(statOf(pid)?.state);

async function pidOf(target: Target, name: string): Promise<number> {
  const [replica] = marked(markOf(target.context.instance, name));
  return replica?.pid ?? (await mustRun(target, name)).pid;
}
