import { execFileSync } from 'node:child_process';
import { availableParallelism, totalmem, type } from 'node:os';
import { REPO_ROOT } from '../../../cli/src/home.ts';

/** For people: `2 cores, 8 GiB, Node 24.9.0, Linux`. */
export const machineText = (): string => {
  const gib = Math.round(totalmem() / 2 ** 30);
  return `${availableParallelism()} cores, ${gib} GiB, Node ${process.versions.node}, ${type()}`;
};

/** A shop that has just been started leaves less than this behind, in runnable processes a core over the last minute. */
const BUSY = 4;

/** A word of warning where others use the machine so much that bounds in seconds say little. `load` is the average of the last minute. */
export function busyNote(load: number, cores: number): string | undefined {
  if (load <= BUSY * cores) return undefined;
  return `the machine is busy with other things (${Math.round(load)} processes for ${cores} cores): what is too slow below may be so for that`;
}

const WRITTEN_BY_PROOFS = 'docs/patterns/PROOF.md';

/**
 * What is checked out, with `+` where nobody can get the same code again: something but the table of proofs was changed since, or
 * (`unknown+`) this is no checkout. Read before anything is run: it is what was loaded, whatever is checked out while that goes on.
 */
export function commitNow(root = REPO_ROOT): string {
  const git = (...args: string[]): string | undefined => gitIn(root, args);
  const commit = git('rev-parse', '--short=10', 'HEAD');
  if (commit === undefined) return 'unknown+';
  return git('status', '--porcelain', '--untracked-files=no', '--', '.', `:!${WRITTEN_BY_PROOFS}`) === ''
    ? commit
    : `${commit}+`;
}

function gitIn(root: string, args: readonly string[]): string | undefined {
  try {
    return execFileSync('git', ['-C', root, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined;
  }
}
