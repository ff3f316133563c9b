import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { CliError } from '../../../cli/src/errors.ts';
import { openInstance } from '../../../cli/src/instance.ts';
import type { Fault } from './fault.ts';
import { processName } from './parameters.ts';
import { type StoredUndo, undo } from './undo.ts';

const LIBRARY = 'libfaketimeMT.so.1';
const RIGHT = '+0s';
const DAY_S = 86_400;

const parameters = z.strictObject({
  process: processName,
  /** Seconds that its clock is ahead; below 0 behind. */
  seconds: z.number().int().min(-DAY_S).max(DAY_S),
});
type Parameters = z.output<typeof parameters>;

/** Its clock jumps; timers go on evenly, as they do when a machine's clock is set. By libfaketime, which not every machine has. */
export const timeSkew: Fault<Parameters> = {
  kind: 'time-skew',
  summary: 'the clock of a process is wrong',
  on: ['host'],
  parameters,
  says: ({ process, seconds }) => `the clock of ${process} ${Math.abs(seconds)} s ${seconds < 0 ? 'behind' : 'ahead'}`,
  prepare: async ({ target, runWith }, { process }) => {
    const file = clockFile(target.context.instance, process);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, RIGHT);
    runWith(process, { env: clockEnv(requireFaketime(), file) });
  },
  inject: async ({ target, journal }, { process, seconds }) => {
    await journal.before({ undo: 'right-clock', with: { process }, says: `put the clock of ${process} right` });
    writeFileSync(clockFile(target.context.instance, process), `${seconds < 0 ? '' : '+'}${seconds}s`);
  },
};

export const CLOCK_UNDOS: Readonly<Record<string, StoredUndo>> = {
  // The file stays: a process that follows it would take its absence for an error.
  'right-clock': undo({
    parameters: z.object({ process: processName }),
    run: async (target, { process }) => {
      const file = clockFile(target.context.instance, process);
      if (existsSync(file)) writeFileSync(file, RIGHT);
    },
  }),
};

/** The environment in which a program reads its time from libfaketime, and that from a file, anew each time. */
export function clockEnv(library: string, file: string): Record<string, string> {
  return {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
}

/** @throws CliError where the machine lacks it */
export function requireFaketime(folders: readonly string[] = librariesOf('/usr/lib')): string {
  const found = folders.map((folder) => join(folder, LIBRARY)).find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new CliError(
    'no clock can be set wrong on this machine',
    `${LIBRARY} is nowhere below /usr/lib`,
    'sudo apt install libfaketime, or the libfaketime of your distribution',
  );
}

/** Where distributions put it: /usr/lib/faketime, /usr/lib/x86_64-linux-gnu/faketime … */
function librariesOf(root: string): string[] {
  if (!existsSync(root)) return [];
  const folders = [root, ...readdirSync(root).map((name) => join(root, name)), '/usr/lib64'];
  return folders.map((folder) => join(folder, 'faketime'));
}

function clockFile(instance: string, process: string): string {
  return join(openInstance(instance).dir, 'chaos', 'clocks', process);
}
