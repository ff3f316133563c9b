import { z } from 'zod';
import { signal } from '../../../cli/src/system/process-identity.ts';
import type { WayBack } from '../run/journal.ts';
import type { Running, Target } from '../target/target.ts';
import { processName } from './parameters.ts';
import { type StoredUndo, undo } from './undo.ts';

const ofProcess = z.object({ process: processName });
const identity = z.object({ pid: z.number().int().positive(), startTime: z.number() });

/** Ways back of faults of processes. */
export const PROCESS_UNDOS: Readonly<Record<string, StoredUndo>> = {
  'start-process': undo({ parameters: ofProcess, run: (target, { process }) => target.start(process) }),
  'plain-process': undo({ parameters: ofProcess, run: (target, { process }) => target.asBefore(process) }),
  'continue-process': undo({
    parameters: z.object({ identities: z.array(identity) }),
    // Children first: a parent that goes on before them would miss those that it waits for.
    run: async (_, { identities }) => void identities.reverse().map((one) => signal(one, 'SIGCONT')),
  }),
};

export const startAgain = (process: string): WayBack => ({
  undo: 'start-process',
  with: { process },
  says: `start ${process} again`,
});

/** It, or undefined where it is not there just now: between its death and its next start, or stopped. */
export async function runningNow(target: Target, name: string): Promise<(Running & { pid: number }) | undefined> {
  const found = await target.process(name);
  return found.pid === null ? undefined : { ...found, pid: found.pid };
}

/** @throws Error where it does not run */
export async function mustRun(target: Target, name: string): Promise<Running & { pid: number }> {
  const running = await runningNow(target, name);
  if (running === undefined) throw new Error(`${name} does not run`);
  return running;
}
