import type { ReadyInjection } from '../experiment/plan.ts';
import type { Injecting } from '../faults/fault.ts';
import type { RunSetting, Target } from '../target/target.ts';
import type { FileJournal } from './file-journal.ts';
import type { Recorder } from './recorder.ts';

/** Work in the background has so long to notice that its fault is over. */
const ENDS_WITHIN_MS = 15_000;

/** Waits, and ends early, without an error, when the signal says so. */
export type Sleep = (ms: number, until: AbortSignal) => Promise<void>;

export interface InjectorParts {
  readonly target: Target;
  readonly journal: FileJournal;
  readonly recorder: Recorder;
  readonly folder: string;
  readonly sleep: Sleep;
  readonly runWith: (process: string, setting: RunSetting) => void;
  readonly random: () => number;
}

/** One fault of a run: prepared before the baseline, injected at its time within the hold, undone alone where it does not last. */
export class Injector {
  /** What it has written into the journal is named so. */
  readonly part: string;
  readonly #injection: ReadyInjection;
  readonly #parts: InjectorParts;
  readonly #background: Promise<void>[] = [];
  /** Of work in the background. */
  #failure: unknown;
  #isShut = false;

  constructor(index: number, injection: ReadyInjection, parts: InjectorParts) {
    this.part = `inject.${index}`;
    this.#injection = injection;
    this.#parts = parts;
  }

  /** What is prepared stays in force until the clean-up. */
  prepare(until: AbortSignal): Promise<void> {
    return this.#injection.fault.prepare(this.#injecting('prepare', until, this.#parts.runWith));
  }

  /** Resolves when the fault is over, or `until` says so. @throws what its injection, or its work in the background, failed with */
  async carryOut(until: AbortSignal): Promise<void> {
    const { fault, after, lasts } = this.#injection;
    const { recorder, sleep, journal } = this.#parts;
    await sleep(after, until);
    if (until.aborted) return;
    recorder.mark('fault', fault.says);
    // Not AbortSignal.any: nothing but its listeners holds such a signal, so it is collected, and who waits for it waits for ever.
    const over = new AbortController();
    const end = (): void => over.abort();
    until.addEventListener('abort', end, { once: true });
    try {
      await fault.inject(this.#injecting(this.part, over.signal, refuseNow));
      await sleep(lasts ?? Infinity, over.signal);
    } finally {
      end();
      until.removeEventListener('abort', end);
      await this.#backgroundEnds();
    }
    if (until.aborted) return;
    // What could not be undone stays written down, and the heal tries it again: it may be the shop that does not come back.
    await journal
      .part(this.part)
      .undo()
      .catch((error: unknown) => recorder.mark('note', error instanceof Error ? error.message : String(error)));
  }

  /** From now on it changes nothing more: what it would write down is refused, and no change is made before that. */
  shut(): void {
    this.#isShut = true;
  }

  #journal(part: string): Injecting['journal'] {
    const journal = this.#parts.journal.part(part);
    const before: typeof journal.before = async (wayBack) => {
      if (this.#isShut) throw new Error(`too late to ${this.#injection.fault.says}: everything is being undone`);
      return journal.before(wayBack);
    };
    return { ...journal, before };
  }

  #injecting(part: string, until: AbortSignal, runWith: Injecting['runWith']): Injecting {
    const { target, recorder, random, folder } = this.#parts;
    return {
      target,
      journal: this.#journal(part),
      random,
      runWith,
      until,
      background: (work) => this.#takeOn(work),
      note: (text) => recorder.mark('note', text),
      folder,
      count: (series, by) => recorder.count(series, by),
    };
  }

  #takeOn(work: Promise<unknown>): void {
    const ends = work.then(
      () => undefined,
      (error: unknown) => void (this.#failure ??= error),
    );
    this.#background.push(ends);
  }

  async #backgroundEnds(): Promise<void> {
    if (this.#background.length === 0) return;
    const ended = new AbortController();
    const late = this.#parts.sleep(ENDS_WITHIN_MS, ended.signal).then(() => !ended.signal.aborted);
    const all = Promise.all(this.#background).then(() => false);
    const isLate = await Promise.race([all, late]);
    ended.abort();
    if (isLate) throw new Error(`${this.#injection.fault.kind} does not end when it is told to`);
    if (this.#failure !== undefined) throw this.#failure;
  }
}

const refuseNow = (process: string): never => {
  throw new Error(`settings of ${process} are asked for too late: only while a fault is prepared`);
};
