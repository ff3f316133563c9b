import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CliError } from '../../../cli/src/errors.ts';
import type { Instance } from '../../../cli/src/instance.ts';
import { soukCommand } from '../../../cli/src/souk-command.ts';
import { readIfThere } from '../../../cli/src/system/files.ts';
import { withLock } from '../../../cli/src/system/lock.ts';
import { isAlive, type ProcessIdentity } from '../../../cli/src/system/process-identity.ts';
import { chaosFolder } from '../target/before.ts';

type Place = Pick<Instance, 'dir' | 'name'>;

/** Whoever breaks this instance just now; undefined where nobody does, whatever a dead one has left. */
export function runnerOf(instance: Place): ProcessIdentity | undefined {
  const [pid = 0, startTime = 0] = (readIfThere(lockFile(instance)) ?? '').split(' ').map(Number);
  const identity = { pid, startTime };
  return pid > 0 && isAlive(identity) ? identity : undefined;
}

/** Whether a run goes on, or a dead one has left something in force. */
export const isBroken = (instance: Place): boolean =>
  runnerOf(instance) !== undefined || existsSync(journalFile(instance));

/**
 * Runs the work as the only one that breaks the instance; within such work, as a part of it: a series is one. @throws CliError at
 * once where somebody else does already
 */
export async function alone<T>(instance: Place, work: () => Promise<T>): Promise<T> {
  if (runnerOf(instance)?.pid === process.pid) return work();
  mkdirSync(chaosFolder(instance), { recursive: true });
  return withLock(lockFile(instance), work, () => {
    const runner = runnerOf(instance);
    if (runner === undefined) return;
    throw new CliError(
      `an experiment runs on '${instance.name}' already`,
      `one at a time: process ${runner.pid} has it`,
      `wait for it, or end it: ${soukCommand(instance.name, 'chaos halt')}`,
    );
  });
}

export const journalFile = (instance: Pick<Instance, 'dir'>): string => join(chaosFolder(instance), 'journal.jsonl');

const lockFile = (instance: Place): string => join(chaosFolder(instance), 'lock');
