import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { z } from 'zod';
import { CliError } from '../../../cli/src/errors.ts';
import type { WayBack } from '../run/journal.ts';
import type { Target } from '../target/target.ts';
import { processName } from './parameters.ts';
import { type StoredUndo, undo } from './undo.ts';
import { mustRun, runningNow } from './ways-back.ts';

const run = promisify(execFile);

/**
 * `data` is what a process has got for itself and may write (RLIMIT_DATA, Linux ≥ 4.7); `nofile` its open files and sockets. Limits
 * of one process, also of one that runs: they need no rights beyond its own, as a cgroup would.
 */
export type Resource = 'data' | 'nofile';
const ROWS = { data: 'Max data size', nofile: 'Max open files' } as const;
const soft = z.union([z.number().int().nonnegative(), z.literal('unlimited')]);
export type Limit = z.infer<typeof soft>;

/** The soft limit that is in force, in bytes or files. */
export function limitOf(pid: number, resource: Resource): Limit {
  return readLimit(readFileSync(`/proc/${pid}/limits`, 'utf8'), resource);
}

/** Of the text of /proc/<pid>/limits. */
export function readLimit(text: string, resource: Resource): Limit {
  const row = text.split('\n').find((line) => line.startsWith(ROWS[resource]));
  const value = row?.slice(ROWS[resource].length).trim().split(/\s+/)[0];
  return soft.parse(value === 'unlimited' ? value : Number(value));
}

/** What it has got for itself now, in bytes. */
export function memoryOf(pid: number): number {
  const kib = /^VmData:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kib === undefined) throw new Error(`process ${pid} has no memory of its own`);
  return Number(kib) * 1_024;
}

/** Numbers of the files and sockets that it has open now. */
export function filesOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/fd`).map(Number);
}

/** The limit with which so many more can be opened. It bounds their numbers, and a new one gets the lowest that is unused. */
export function limitWithRoom(open: readonly number[], room: number): number {
  const taken = new Set(open);
  let limit = 0;
  for (let unused = 0; taken.has(limit) || unused < room; limit++) if (!taken.has(limit)) unused += 1;
  return limit;
}

/** Sets the soft limit alone, so that it can be raised again by whoever could lower it. */
export async function setLimit(pid: number, resource: Resource, limit: Limit): Promise<void> {
  await run('prlimit', ['--pid', String(pid), `--${resource}=${limit}:`]);
}

/** @throws CliError where this machine cannot limit processes that run */
export async function requirePrlimit(): Promise<void> {
  await run('prlimit', ['--version']).catch((cause: unknown) => {
    const fix = 'it is in util-linux: sudo apt install util-linux';
    throw new CliError('this machine cannot limit a process', 'there is no command prlimit', fix, { cause });
  });
}

/** The way back of a limit: what is in force now. */
export async function limitAgain(target: Target, process: string, resource: Resource): Promise<WayBack> {
  const { pid } = await mustRun(target, process);
  const limit = limitOf(pid, resource);
  return { undo: 'limit-again', with: { process, resource, limit }, says: `give ${process} its limits back` };
}

export const LIMIT_UNDOS: Readonly<Record<string, StoredUndo>> = {
  'limit-again': undo({
    parameters: z.object({ process: processName, resource: z.enum(['data', 'nofile']), limit: soft }),
    run: async (target, { process, resource, limit }) => {
      const running = await runningNow(target, process);
      // Its next life has the limits that it always has.
      if (running === undefined) return;
      await setLimit(running.pid, resource, limit).catch(async (error: unknown) => {
        if ((await runningNow(target, process))?.pid === running.pid) throw error;
      });
    },
  }),
};
