import { setTimeout as sleep } from 'node:timers/promises';
import { CliError } from '../../../cli/src/errors.ts';
import { isAlive, signal } from '../../../cli/src/system/process-identity.ts';
import type { Site } from '../target/site.ts';
import { alone, runnerOf } from './lock.ts';
import { undoStale } from './undoing.ts';

/** A runner that is told to stop undoes everything, which may mean a restart of several processes. */
const ENDS_WITHIN_MS = 3 * 60_000;
const LOOK_EVERY_MS = 100;

export interface Halted {
  /** Pid of a runner that was told to stop and has. */
  readonly stopped?: number;
  /** What was undone because its runner was dead. */
  readonly undone: readonly string[];
}

/** Ends a run and undoes it; of a runner that died, what it left. Nothing where nothing is broken. */
export async function halt(site: Site): Promise<Halted> {
  const runner = runnerOf(site);
  if (runner !== undefined) {
    signal(runner, 'SIGTERM');
    const deadline = performance.now() + ENDS_WITHIN_MS;
    while (isAlive(runner)) {
      if (performance.now() > deadline) throw doesNotEnd(runner.pid);
      await sleep(LOOK_EVERY_MS);
    }
  }
  const undone = await alone(site, () => undoStale(site));
  return { ...(runner && { stopped: runner.pid }), undone };
}

const doesNotEnd = (pid: number): CliError =>
  new CliError(
    `the experiment of process ${pid} does not end`,
    `it was told to ${ENDS_WITHIN_MS / 1_000} s ago`,
    `kill -9 ${pid}, then run this again: what it has changed is written down`,
  );
