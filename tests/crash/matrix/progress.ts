import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { nameOf } from './cases.ts';
import type { Part } from './plan.ts';

/**
 * Which parts of a long run are done, so that one that was broken off goes on where it stood. A part that was planned otherwise
 * (another seed, more points), or was passed by another build, counts as not done.
 */
export class Progress {
  readonly #file: string;
  readonly #build: string;
  readonly #done: Set<string>;

  /** @param build tells the code that runs from any other */
  constructor(file: string, build: string) {
    this.#file = file;
    this.#build = build;
    this.#done = new Set(existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as string[]) : []);
  }

  isDone(part: Part): boolean {
    return this.#done.has(this.#idOf(part));
  }

  done(part: Part): void {
    this.#done.add(this.#idOf(part));
    mkdirSync(dirname(this.#file), { recursive: true });
    writeFileSync(this.#file, JSON.stringify([...this.#done]));
  }

  /** The next run begins anew. */
  forget(): void {
    this.#done.clear();
    rmSync(this.#file, { force: true });
  }

  #idOf({ seed, number, cases }: Part): string {
    return `${this.#build} ${seed}.${number}: ${cases.map(nameOf).join(' ')}`;
  }
}
