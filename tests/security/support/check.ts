import type { Arrangement, Door, Weakness } from './door.ts';

/** One thing that must not work at any door. */
export interface Check {
  /** The class of docs/security.md and the check of its pattern: `JWT claims (FED-3)`. */
  readonly name: string;
  readonly behind: Arrangement;
  /** What got through, in words, one line each; nothing at a sound door. */
  readonly look: (door: Door) => Promise<readonly string[]>;
}

/** A door with one defence less, and the checks that must see it. */
export interface WeakDoor extends Weakness {
  readonly caughtBy: readonly Check[];
}

/** Runs one case after the other; the lines of those that found something. */
export async function findings<T>(
  cases: readonly T[],
  look: (one: T) => Promise<string | undefined>,
): Promise<string[]> {
  const found: string[] = [];
  for (const one of cases) {
    const line = await look(one);
    if (line !== undefined) found.push(line);
  }
  return found;
}
