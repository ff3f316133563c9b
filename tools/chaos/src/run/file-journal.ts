import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { Journal, WayBack } from './journal.ts';

const entry = z.object({
  key: z.string(),
  part: z.string(),
  undo: z.string(),
  with: z.record(z.string(), z.unknown()),
  says: z.string(),
});
/** A change that is, or may be, in force; `part` says whose it is. */
export type Entry = z.infer<typeof entry>;
const line = z.union([entry, z.object({ done: z.string() })]);

/** Carries out one way back. */
export type Undoer = (entry: Entry) => Promise<void>;

/**
 * The journal of an instance: one JSON line a change, on disk before the change is made, one when it is undone. Whoever opens it
 * finds what a dead runner has left in force.
 */
export class FileJournal {
  readonly #file: string;
  readonly #undoer: Undoer;
  readonly #onUndone: (wayBack: WayBack) => void;
  readonly #open: Map<string, Entry>;
  #fd: number | undefined;
  #last = 0;

  constructor(file: string, undoer: Undoer, onUndone: (wayBack: WayBack) => void = () => undefined) {
    this.#file = file;
    this.#undoer = undoer;
    this.#onUndone = onUndone;
    const { open, last } = readJournal(file);
    this.#open = open;
    this.#last = last;
  }

  /** Of the entry that was written last; keys grow. */
  get last(): number {
    return this.#last;
  }

  /** What is in force, the earliest first. */
  get entries(): readonly Entry[] {
    return [...this.#open.values()];
  }

  /** A journal whose `undo` touches nothing that others have written. */
  part(part: string): Journal {
    return {
      before: async (wayBack) => this.#add(part, wayBack),
      undo: (since) => {
        const mine = this.entries.filter((one) => one.part === part);
        const from = since === undefined ? 0 : mine.findIndex(({ key }) => key === since);
        return this.#undo(from < 0 ? [] : mine.slice(from));
      },
    };
  }

  /** Undoes all of these parts, without them everything, the latest first. @throws AggregateError of all that failed, which stays */
  undo(isMeant: (part: string) => boolean = () => true): Promise<void> {
    return this.#undo(this.entries.filter(({ part }) => isMeant(part)));
  }

  /** Nothing is in force any more: the next run begins an empty one. @throws Error where something is */
  close(): void {
    if (this.#open.size > 0) throw new Error(`${this.#open.size} changes are still in force`);
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    rmSync(this.#file, { force: true });
  }

  #add(part: string, { undo, with: given, says }: WayBack): string {
    const key = String(++this.#last);
    const added = { key, part, undo, with: given, says };
    this.#write(added);
    this.#open.set(key, added);
    return key;
  }

  async #undo(entries: readonly Entry[]): Promise<void> {
    const failures: Error[] = [];
    for (const one of entries.toReversed()) {
      // Another part of the run may have undone it meanwhile.
      if (!this.#open.has(one.key)) continue;
      try {
        await this.#undoer(one);
        this.#write({ done: one.key });
        this.#open.delete(one.key);
        this.#onUndone(one);
      } catch (error) {
        failures.push(new Error(`"${one.says}" failed: ${error instanceof Error ? error.message : String(error)}`));
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, failures.map(({ message }) => message).join('; '));
  }

  #write(what: Entry | { done: string }): void {
    this.#fd ??= openDurably(this.#file);
    writeSync(this.#fd, `${JSON.stringify(what)}\n`);
    fsyncSync(this.#fd);
  }
}

/** A file that is new is not there after a power cut until its folder is written, too. */
function openDurably(file: string): number {
  mkdirSync(dirname(file), { recursive: true });
  const fd = openSync(file, 'a+', 0o600);
  // A line that its writer could not finish must not swallow the next one.
  if (!/(^|\n)$/.test(readFileSync(fd, 'utf8'))) writeSync(fd, '\n');
  const folder = openSync(dirname(file), 'r');
  fsyncSync(folder);
  closeSync(folder);
  return fd;
}

function readJournal(file: string): { open: Map<string, Entry>; last: number } {
  const open = new Map<string, Entry>();
  let last = 0;
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  for (const text of lines.filter((one) => one !== '')) {
    const read = parseLine(text);
    // Only the last one can be torn, and its change was not made yet.
    if (read === undefined) continue;
    if ('done' in read) open.delete(read.done);
    else {
      open.set(read.key, read);
      last = Number(read.key);
    }
  }
  return { open, last };
}

function parseLine(text: string): z.infer<typeof line> | undefined {
  try {
    return line.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
