import { tmpdir } from 'node:os';
import { openInstance } from '../../../cli/src/instance.ts';
import { contextOf } from '../../../cli/src/shop/context.ts';
import { randomOf } from '../history/random.ts';
import type { WayBack } from '../run/journal.ts';
import { HostTarget } from '../target/host.ts';
import type { Target } from '../target/target.ts';
import type { Injecting } from './fault.ts';
import { faultOf } from './fault-of.mother.ts';
import { undoOf } from './undos.ts';

interface Around {
  readonly urls: Readonly<Record<string, string>>;
  readonly instance?: string;
  /** In the place of what the target of this machine does. */
  readonly verbs?: Partial<Target>;
}

/** A fault and its ways back, without a runner: what stands in the journal is undone from its text, as by another process. */
export class Trial {
  readonly target: Target;
  readonly waysBack: WayBack[] = [];
  readonly notes: string[] = [];
  readonly counted = new Map<string, number>();
  readonly #until = new AbortController();
  readonly #works: Promise<unknown>[] = [];

  constructor({ urls, instance: name = 'nobody', verbs = {} }: Around) {
    const instance = openInstance(name);
    const context = { ...contextOf(instance, urls), token: async (user: string) => `token-of-${user}` };
    this.target = Object.assign(new HostTarget(instance, context, new Map()), verbs);
  }

  inject(kind: string, parameters: unknown): Promise<void> {
    return faultOf(kind).read(parameters).inject(this.injecting());
  }

  /** As the runner ends the hold: background work ends, and nothing is undone yet. */
  async over(): Promise<void> {
    this.#until.abort();
    await Promise.all(this.#works);
  }

  /** As the runner ends a fault: after the hold all that is written down is undone, the latest first. */
  async heal(): Promise<void> {
    await this.over();
    await this.undo();
  }

  /** As who finds the journal of a dead runner. */
  async undo(): Promise<void> {
    for (const index of [...this.waysBack.keys()].reverse()) await this.undoOne(index);
  }

  /** By its place among the ways back. */
  async undoOne(index: number): Promise<void> {
    const wayBack = this.waysBack[index];
    if (wayBack === undefined) throw new Error(`there are ${this.waysBack.length} ways back`);
    await undoOf(wayBack.undo).run(this.target, JSON.parse(JSON.stringify(wayBack.with)));
  }

  /** Resolves when work that ends by itself has done so. */
  async done(): Promise<void> {
    await Promise.all(this.#works);
  }

  injecting(): Injecting {
    return {
      target: this.target,
      journal: {
        before: async (wayBack) => String(this.waysBack.push(wayBack)),
        undo: async () => undefined,
      },
      random: randomOf(3),
      runWith: () => undefined,
      count: (series, by = 1) => void this.counted.set(series, (this.counted.get(series) ?? 0) + by),
      until: this.#until.signal,
      background: (work) => void this.#works.push(work),
      note: (text) => void this.notes.push(text),
      folder: tmpdir(),
    };
  }
}
