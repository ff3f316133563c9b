import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { openInstance } from '../../../cli/src/instance.ts';
import { gone } from '../../../cli/src/supervisor/managed-process.ts';
import type { ProcessSpec } from '../../../cli/src/supervisor/process-spec.ts';
import { identify, isAlive, signal, type ProcessIdentity } from '../../../cli/src/system/process-identity.ts';
import type { WayBack } from '../run/journal.ts';
import { shopId } from '../target/before.ts';
import { type StoredUndo, undo } from './undo.ts';

const VARIABLE = 'SOUK_CHAOS_MARK';
/** The run that a process belongs to: its end looks for what is left of it. */
const INHERITED = ['SOUK_CHAOS', 'PATH', 'HOME'];
const STOPS_WITHIN_MS = 10_000;
/** More than there are generations of any command. */
const LOOKS = 10;

/**
 * Processes that a fault adds carry a mark in their environment: the way back can be written down before they are there, and whoever
 * undoes it finds them without knowing their pids. It is that of one shop, whatever other checkouts call theirs.
 */
export const markOf = (instance: string, name: string): string => `${shopId(openInstance(instance))}/${name}`;

/** In the environment of a process: it, and all that it starts, carry the mark. */
export const carrying = (mark: string): Record<string, string> => ({ [VARIABLE]: mark });

/** Starts a process that carries the mark; the journal must know of it already. */
export function addProcess(
  mark: string,
  { command, args, cwd, env = {} }: Pick<ProcessSpec, 'command' | 'args'> & Partial<Pick<ProcessSpec, 'cwd' | 'env'>>,
): ChildProcess {
  const inherited = Object.fromEntries(
    INHERITED.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
  );
  const child = spawn(command, args, {
    cwd,
    env: { ...inherited, ...env, ...carrying(mark) },
    detached: true,
    stdio: 'ignore',
  });
  child.unref();
  // Without a listener one that cannot be started would end the runner; whoever waits for it says that it is not there.
  child.on('error', () => undefined);
  return child;
}

/** From now on every process that this one starts carries the mark, and can be found once this one is dead. */
export function marking(mark: string): void {
  process.env[VARIABLE] = mark;
}

/** Ends all who run with the mark. One look is not enough: who was about to start another may have done so before the end came. */
export async function endAllMarked(mark: string): Promise<void> {
  for (let look = 0; look < LOOKS; look++) {
    const found = marked(mark);
    if (found.length === 0) return;
    await Promise.all(found.map((one) => end(one)));
  }
}

/** Those who run with this mark, and their children. */
export function marked(mark: string): ProcessIdentity[] {
  const entry = `\0${VARIABLE}=${mark}\0`;
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name) || !environmentOf(name).includes(entry)) return [];
    return identify(Number(name)) ?? [];
  });
}

/** A variable of the process that runs with this mark; undefined where there is none. */
export function environmentOfMarked(mark: string, variable: string): string | undefined {
  const [first] = marked(mark);
  if (first === undefined) return undefined;
  const entry = environmentOf(String(first.pid))
    .split('\0')
    .find((one) => one.startsWith(`${variable}=`));
  return entry?.slice(variable.length + 1);
}

/** @param given `mayEnd`: they may have ended by themselves before */
export const endMarked = (mark: string, says: string, given: { readonly mayEnd?: true } = {}): WayBack => ({
  undo: 'end-marked',
  with: { mark, ...given },
  says,
});

export const MARK_UNDOS: Readonly<Record<string, StoredUndo>> = {
  'end-marked': undo({
    parameters: z.object({
      mark: z.string().regex(/^[a-z][a-z0-9-]*\/[a-z0-9-]+$/),
      mayEnd: z.boolean().default(false),
    }),
    run: (_, { mark }) => endAllMarked(mark),
    stands: async (_, { mark, mayEnd }) => mayEnd || marked(mark).some((one) => isAlive(one)),
  }),
};

async function end(identity: ProcessIdentity): Promise<void> {
  signal(identity, 'SIGTERM');
  signal(identity, 'SIGCONT'); // one that is frozen hears nothing
  if (await gone(identity, STOPS_WITHIN_MS)) return;
  signal(identity, 'SIGKILL');
  await gone(identity, STOPS_WITHIN_MS);
}

function environmentOf(pid: string): string {
  try {
    return `\0${readFileSync(`/proc/${pid}/environ`, 'latin1')}\0`;
  } catch {
    return ''; // somebody else's, or gone
  }
}
