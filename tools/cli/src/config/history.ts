import { CliError } from '../errors.ts';
import { settingsHash } from './settings.ts';

/** One text that was in force, or at least written. */
export interface Version {
  readonly version: number;
  /** ISO 8601. */
  readonly at: string;
  readonly author: string;
  /** As the processes show it. */
  readonly hash: string;
  /** What was done: `set gateway.readOnly=true`, `rollback to 3`. */
  readonly what: string;
  readonly text: string;
}

/** `what` of a text that was found there without a history of its making. */
const BY_HAND = 'not by ./souk config';

/** Of each document; older ones are forgotten. */
const KEPT = 30;

/** One line of JSON a version, oldest first. A line that cannot be read is left out: it is nobody's setting. */
export function parseHistory(text: string): Version[] {
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as Version];
    } catch {
      return [];
    }
  });
}

export const renderHistory = (versions: readonly Version[]): string =>
  versions
    .slice(-KEPT)
    .map((one) => `${JSON.stringify(one)}\n`)
    .join('');

export interface Written {
  readonly before: string;
  readonly after: string;
  readonly author: string;
  readonly what: string;
  readonly at: string;
}

/**
 * The history with what was just written. What was there and is not its newest version, came by another way: it gets a version of
 * its own, so that there is a way back to it.
 */
export function withVersion(known: readonly Version[], { before, after, author, what, at }: Written): Version[] {
  const versions = [...known];
  const add = (text: string, by: string, how: string): void => {
    const version = (versions.at(-1)?.version ?? 0) + 1;
    versions.push({ version, at, author: by, hash: settingsHash(text), what: how, text });
  };
  if (versions.at(-1)?.text !== before) add(before, 'unknown', known.length === 0 ? 'as it was' : BY_HAND);
  add(after, author, what);
  return versions;
}

export const rollbackTo = (version: number): string => `rollback to ${version}`;

/** Which version a text is: where it came by going back, the one that was gone back to, so that the next step goes before that. */
function originOf(known: readonly Version[], { version, what }: Version): number {
  const to = Number(/^rollback to (\d+)$/.exec(what)?.[1] ?? version);
  const restored = known.find((one) => one.version === to);
  // Only ever backwards: a history that somebody has edited must not lead in circles.
  return restored === undefined || to >= version ? Math.min(to, version) : originOf(known, restored);
}

interface Restorable {
  readonly known: readonly Version[];
  readonly name: string;
  readonly inForce: string;
  /** Whether the processes of this release would take it. */
  readonly isGood: (text: string) => boolean;
}

/**
 * The version to go back to: the one that is named, or the last good one before the text in force. A text that somebody emptied by
 * hand is a mishap, not a step. @throws CliError when there is none
 */
export function versionToRestore({ known, name, inForce, isGood }: Restorable, wanted?: number): Version {
  const newest = known.at(-1);
  const origin = newest?.text === inForce ? originOf(known, newest) : Infinity;
  const isStep = ({ version, text, what }: Version): boolean =>
    version < origin && text !== inForce && !(what === BY_HAND && text.trim() === '') && isGood(text);
  const found = wanted === undefined ? known.findLast(isStep) : known.find(({ version }) => version === wanted);
  if (found !== undefined) return found;
  const what = wanted === undefined ? 'no earlier version' : `no version ${wanted}`;
  const why = `${known.length} are remembered; a step back passes over what would be refused today or was emptied by hand`;
  throw new CliError(`${name} has ${what}`, why, `./souk config history ${name}`);
}
