/** What stands in files at one moment. Looks are synchronous, so that none overtakes another. */
import { createHash } from 'node:crypto';
import { type BigIntStats, readFileSync, statSync } from 'node:fs';

/** By name. */
export type Texts = Readonly<Record<string, string>>;

export const ABSENT = 'absent';
const UNREADABLE = Symbol('unreadable');
/** Clocks of file systems tick slowly: a file this young may have changed again without a new time of change. */
const YOUNG_MS = 2_000;
/** A file is whole once nobody has written to it for so long: one that is written in place may be half there, or empty, before. */
export const WRITTEN_MS = 50;

export interface Look {
  readonly text: string;
  readonly hash: string;
  readonly beside: Texts;
  /** Of the texts beside: there, and not to be had. What it says (a lock, for one) must not be taken for not being said. */
  readonly unreadable: readonly string[];
  /** Changes with any of the texts. */
  readonly all: string;
}

export function look(file: string, others: Texts = {}): Look | undefined {
  const text = textOf(file);
  if (typeof text !== 'string') return undefined;
  const found = Object.entries(others).map(([name, other]) => [name, textOf(other)] as const);
  const beside = found.flatMap(([name, one]) => (typeof one === 'string' ? [[name, one] as const] : []));
  const unreadable = found.flatMap(([name, one]) => (one === UNREADABLE ? [name] : []));
  const isAlone = beside.length === 0 && unreadable.length === 0;
  const all = isAlone ? hashOf(text) : hashOf(JSON.stringify([text, beside, unreadable]));
  return { text, hash: hashOf(text), beside: Object.fromEntries(beside), unreadable, all };
}

/** Undefined where there is none. */
function textOf(file: string): string | undefined | typeof UNREADABLE {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? undefined : UNREADABLE;
  }
}

/** Changes with the content; undefined when the content must be read to know. */
export function versionOf(file: string): string | undefined {
  const stat = statOf(file);
  if (stat === 'unknown') return undefined;
  if (stat === undefined) return ABSENT;
  if (Date.now() - Number(stat.ctimeMs) < YOUNG_MS) return undefined;
  return `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`;
}

/** Undefined where there is none. */
function statOf(file: string): BigIntStats | undefined | 'unknown' {
  try {
    return statSync(file, { bigint: true, throwIfNoEntry: false });
  } catch {
    return 'unknown'; // a folder that cannot be entered: reading says so, and nobody dies of it
  }
}

/** Somebody has just written to it, and may not be done. */
export function isBeingWritten(file: string): boolean {
  const stat = statOf(file);
  return typeof stat === 'object' && Math.abs(Date.now() - Number(stat.mtimeMs)) < WRITTEN_MS;
}

export const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
