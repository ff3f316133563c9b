import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { openInstance } from '../../../cli/src/instance.ts';
import type { WayBack } from '../run/journal.ts';
import type { RunSetting } from '../target/target.ts';
import type { Injecting } from './fault.ts';
import { processName } from './parameters.ts';
import { type StoredUndo, undo } from './undo.ts';

/** What inside/saboteur.mjs does in a process, while the file stands. */
export type Sabotage =
  | { readonly dieAfterMs: number }
  /** Its event loop is blocked for so long, then turns as long as leaves it so busy. */
  | { readonly busyPercent: number; readonly blockMs: number };

const SABOTEUR = pathToFileURL(join(import.meta.dirname, 'inside', 'saboteur.mjs')).href;

/** The process, a Node program, is started with a module of ours that follows a file; it does nothing before the file is there. */
export function withSaboteur(instance: string, process: string): RunSetting {
  return { env: { NODE_OPTIONS: `--import=${SABOTEUR}`, SOUK_CHAOS_FILE: controlFile(instance, process) } };
}

/** From now on, in this life of the process and in all that follow, until the way back. */
export async function sabotage({ target, journal }: Injecting, process: string, what: Sabotage): Promise<void> {
  const { instance } = target.context;
  await journal.before(letBe(process));
  const file = controlFile(instance, process);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(what));
}

const letBe = (process: string): WayBack => ({ undo: 'let-be', with: { process }, says: `let ${process} be` });

export const SABOTAGE_UNDOS: Readonly<Record<string, StoredUndo>> = {
  'let-be': undo({
    parameters: z.object({ process: processName }),
    run: async (target, { process }) => rmSync(controlFile(target.context.instance, process), { force: true }),
  }),
};

export function controlFile(instance: string, process: string): string {
  return join(openInstance(instance).dir, 'chaos', 'inside', `${process}.json`);
}
