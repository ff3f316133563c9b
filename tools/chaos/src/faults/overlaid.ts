import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readIfThere, writeFileAtomically } from '../../../cli/src/system/files.ts';
import { chaosFolder } from '../target/before.ts';
import type { Target } from '../target/target.ts';

/** One change of a document by a fault, as it stands in the journal. */
export interface Change {
  /** In base64; null where there was no file. */
  readonly before: string | null;
  /** Fingerprint of what was put there. */
  readonly wrote: string;
}

/**
 * Changes of a document that lie one over the other, the first one at the bottom. One that is undone in the midst of them leaves
 * what it had found to the one above it: whatever the order, the last one to go restores what no fault has written.
 */
export class Overlaid {
  readonly #file: string;

  constructor(target: Pick<Target, 'dir'>, document: string) {
    this.#file = join(chaosFolder(target), 'documents', `${document}.json`);
  }

  push(change: Change): void {
    this.#write([...this.#read(), change]);
  }

  /** What is to be restored when it is undone; undefined where another change lies over it, which restores it then. */
  under(change: Change): Pick<Change, 'before'> | undefined {
    const { mine, above } = this.#find(change);
    return above === undefined ? mine : undefined;
  }

  /** Takes a change out, after what was under it is restored: undoing may be broken off, and begun again. */
  drop(change: Change): void {
    const { all, at, mine, above } = this.#find(change);
    if (at < 0) return;
    this.#write(
      all.flatMap((one, index) => (index === at ? [] : [one === above ? { ...one, before: mine.before } : one])),
    );
  }

  #find(change: Change) {
    const all = this.#read();
    const at = all.findLastIndex(({ wrote }) => wrote === change.wrote);
    const [mine = change, above] = at < 0 ? [] : all.slice(at, at + 2);
    return { all, at, mine, above };
  }

  #read(): readonly Change[] {
    return JSON.parse(readIfThere(this.#file) ?? '[]') as Change[];
  }

  #write(all: readonly Change[]): void {
    if (all.length === 0) return rmSync(this.#file, { force: true });
    mkdirSync(join(this.#file, '..'), { recursive: true });
    writeFileAtomically(this.#file, JSON.stringify(all), 0o600);
  }
}
