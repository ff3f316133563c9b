import type { Plan } from '../experiment/plan.ts';
import { randomOf } from '../history/random.ts';
import type { Comparison } from '../../../cli/src/shop/audit/checks.ts';
import type { NotAsMeant } from '../load/as-meant.ts';
import type { Target } from '../target/target.ts';
import { booksAtEnd, unreadable } from './books-at-end.ts';
import type { FileJournal } from './file-journal.ts';
import { isBroken, judge } from './hypothesis.ts';
import { Injector, type Sleep } from './injector.ts';
import type { PhaseName } from './observations.ts';
import type { Recorder } from './recorder.ts';
import { type Settings, SettingsInRun } from './settings.ts';
import type { CheckedIn, ExpectationResult } from './verdict.ts';

const LOOK_EVERY_MS = 1_000;
/** Begun within the hold, an injection may take as long as the orderly stop of a process. */
const INJECTED_WITHIN_MS = 45_000;
const PREPARED = 'prepare';

/** What looks at the shop and uses it; made when the shop runs as the experiment wants it. */
export interface Instruments {
  readonly load: {
    start(): void;
    stop(): Promise<void>;
    /** Asks again for what had no answer; resolves to the keys that have none yet. */
    settle(withinMs: number): Promise<{ readonly openKeys: readonly string[] }>;
    /** What was not as asked for, once nobody comes any more; undefined where all was. */
    notAsMeant(): NotAsMeant | undefined;
  };
  readonly sampler: { start(): void; look(): Promise<void>; stop(): Promise<void> };
  /** Compares everything that was promised in this run with all books. */
  check(): Promise<Comparison[]>;
  close(): Promise<void>;
}

export interface RunnerParts {
  readonly target: Target;
  readonly journal: FileJournal;
  readonly recorder: Recorder;
  /** Where everything of the run is kept. */
  readonly folder: string;
  readonly instruments: () => Promise<Instruments>;
  /** What the harness itself has put there and was not there any more when it was to be undone. */
  readonly died: () => readonly string[];
  /** What is not as it was before the run. */
  readonly leftBehind: () => Promise<string[]>;
  readonly sleep: Sleep;
  readonly seed: number;
  /** How processes have to run beside what the faults want. */
  readonly settings: Settings;
}

/** How a run ended: `done` to its end, `unsteady` before anything was broken, by its abort rule or a person, or by itself. */
export interface Ended {
  readonly how: 'done' | 'unsteady' | 'aborted' | 'broken';
  /** Of all but `done`. */
  readonly why?: string;
  readonly endedIn: PhaseName;
  readonly expectations: readonly ExpectationResult[];
  /** Undefined where it did not come to a check. */
  readonly comparisons?: readonly Comparison[];
  /** Processes that were not well in time after the heal. */
  readonly notReady?: string;
  /** How the load was another one than was asked for: what passes under it proves nothing. */
  readonly loadNotAsMeant?: NotAsMeant;
  readonly leftBehind: readonly string[];
}

/** Takes an experiment through its phases; whatever happens, everything is undone at the end. */
export class Runner {
  readonly #plan: Plan;
  readonly #parts: RunnerParts;
  readonly #halted: AbortSignal;
  readonly #settings: SettingsInRun;
  readonly #injectors: readonly Injector[];
  readonly #expectations: ExpectationResult[] = [];
  #instruments: Instruments | undefined;
  /** Those that ran before anything was done. */
  #names: readonly string[] = [];
  /** A way back has failed in the heal: what the shop, or the runner, can no longer do may follow from that. */
  #unhealed: string | undefined;

  /** @param halted ends the run early: what is in force is undone at once */
  constructor(plan: Plan, parts: RunnerParts, halted: AbortSignal) {
    this.#plan = plan;
    this.#parts = parts;
    this.#halted = halted;
    this.#settings = new SettingsInRun(parts.settings);
    const runWith = this.#settings.add.bind(this.#settings);
    this.#injectors = plan.injections.map(
      (injection, index) => new Injector(index, injection, { ...parts, runWith, random: randomOf(parts.seed + index) }),
    );
  }

  async run(): Promise<Ended> {
    let ended: Omit<Ended, 'endedIn' | 'expectations' | 'leftBehind'>;
    try {
      ended = await this.#phases();
    } catch (error) {
      ended = this.#halted.aborted ? byHand : { how: 'broken', why: reasonOf(error) };
    }
    const endedIn = this.#parts.recorder.phase;
    const failures = await this.#undoEverything();
    if (failures.length > 0 && ended.how !== 'broken') ended = { ...ended, how: 'broken', why: failures.join('; ') };
    const died = this.#parts.died();
    if (died.length > 0 && ended.how === 'done') ended = { ...ended, how: 'broken', why: died.join('; ') };
    const leftBehind = await this.#parts.leftBehind();
    // The shop was looked at before that, so nothing is said of how it recovers.
    if (this.#unhealed !== undefined && leftBehind.length === 0 && ended.how === 'done')
      ended = { ...ended, how: 'broken', why: `it was undone late: ${this.#unhealed}` };
    return { ...ended, endedIn, expectations: this.#expectations, leftBehind };
  }

  async #phases(): Promise<Omit<Ended, 'endedIn' | 'expectations' | 'leftBehind'>> {
    await this.#prepare();
    await this.#baseline();
    const before = this.#judgeNow('before');
    const unsteady = before.find(({ ok }) => !ok);
    if (unsteady !== undefined)
      return { how: 'unsteady', why: `before anything was broken, "${unsteady.that}" was not so` };
    const tooMuch = await this.#hold();
    if (tooMuch === undefined) await this.#instruments?.sampler.look(); // what faults have counted at their very end
    await this.#heal();
    if (tooMuch !== undefined) return { how: 'aborted', why: `it cost too much: "${tooMuch.that}" was no longer so` };
    const notReady = await this.#quiesce();
    const comparisons = await this.#check();
    this.#goOn();
    this.#judgeNow('during');
    this.#judgeNow('after');
    const loadNotAsMeant = this.#instruments?.load.notAsMeant();
    return {
      how: 'done',
      comparisons,
      ...(notReady !== undefined && { notReady }),
      ...(loadNotAsMeant !== undefined && { loadNotAsMeant }),
    };
  }

  async #prepare(): Promise<void> {
    const { target, journal, instruments } = this.#parts;
    this.#begin('prepare');
    this.#names = (await target.processes()).flatMap(({ name, pid }) => (pid === null ? [] : [name]));
    for (const injector of this.#injectors) await injector.prepare(this.#halted);
    const changed = this.#settings.entries();
    for (const [process] of changed) {
      const wayBack = { undo: 'plain-process', with: { process }, says: `run ${process} as before` };
      await journal.part(PREPARED).before(wayBack);
    }
    this.#goOn();
    await Promise.all(changed.map(([process, setting]) => target.restart(process, setting)));
    await this.#allReady();
    this.#goOn();
    this.#instruments = await instruments();
  }

  async #baseline(): Promise<void> {
    this.#begin('baseline');
    this.#instruments?.sampler.start();
    this.#instruments?.load.start();
    await this.#pause(this.#plan.baseline);
  }

  /** @returns the abort rule that has ended it early */
  async #hold(): Promise<ExpectationResult | undefined> {
    this.#begin('hold');
    const over = new AbortController();
    let failure: { error: unknown } | undefined;
    const injecting = this.#injectors.map((injector) =>
      injector.carryOut(over.signal).catch((error: unknown) => {
        failure ??= { error };
      }),
    );
    let tooMuch: ExpectationResult | undefined;
    try {
      const end = this.#now() + this.#plan.hold;
      while (this.#now() < end && tooMuch === undefined && failure === undefined) {
        await this.#pause(Math.min(LOOK_EVERY_MS, end - this.#now()));
        tooMuch = this.#judged('abort').find(isBroken);
      }
    } finally {
      over.abort();
      await this.#inTime(Promise.all(injecting));
    }
    if (failure !== undefined) throw failure.error;
    if (tooMuch !== undefined) this.#expectations.push(tooMuch);
    return tooMuch;
  }

  /** What is in force is undone then, whether whoever injected it has noticed that it is over or not. */
  async #inTime(injecting: Promise<unknown>): Promise<void> {
    const ended = new AbortController();
    const late = this.#parts.sleep(INJECTED_WITHIN_MS, ended.signal).then(() => !ended.signal.aborted);
    const isLate = await Promise.race([injecting.then(() => false), late]);
    ended.abort();
    for (const injector of this.#injectors) injector.shut();
    if (isLate) throw new Error(`a fault was still being injected ${INJECTED_WITHIN_MS / 1_000} s after the hold`);
  }

  async #heal(): Promise<void> {
    this.#begin('heal');
    await this.#undo((part) => part !== PREPARED);
  }

  /** What could not be undone stays written down, is tried again at the end, and is then named as left behind. */
  async #undo(isMeant?: (part: string) => boolean): Promise<void> {
    const { journal, recorder } = this.#parts;
    await journal.undo(isMeant).catch((error: unknown) => {
      this.#unhealed ??= reasonOf(error);
      recorder.mark('note', reasonOf(error));
    });
  }

  /** The load goes on while the shop recovers. @returns who was not ready in time */
  async #quiesce(): Promise<string | undefined> {
    this.#begin('quiesce');
    const ready = this.#allReady().then(
      () => undefined,
      (error: unknown) => reasonOf(error),
    );
    await this.#pause(this.#plan.afterwards);
    return ready;
  }

  /** Of a shop that is not as before the books may not be there to be read: then they do not hold. */
  async #check(): Promise<Comparison[]> {
    this.#begin('check');
    const { recorder, sleep } = this.#parts;
    if (this.#instruments === undefined) throw new Error('nothing was looked at');
    const end = (recorder.phases.quiesce ?? 0) + this.#plan.heals;
    const pause = async (): Promise<void> => {
      this.#goOn();
      await sleep(LOOK_EVERY_MS, this.#halted);
    };
    try {
      return await booksAtEnd(this.#instruments, () => end - this.#now(), pause);
    } catch (error) {
      this.#goOn();
      if (this.#unhealed === undefined) throw error;
      return [unreadable(reasonOf(error))];
    }
  }

  /** @returns what failed of it in the harness itself */
  async #undoEverything(): Promise<string[]> {
    const { journal, recorder } = this.#parts;
    const instruments = this.#instruments;
    const failures: string[] = [];
    const attempt = (work: Promise<unknown> | undefined) =>
      work?.catch((error: unknown) => failures.push(reasonOf(error)));
    // The shop first: what people wait for is that it works.
    const isInForce = journal.entries.some(({ part }) => part !== PREPARED);
    if (isInForce && recorder.phases.heal === undefined) this.#begin('heal');
    await this.#undo((part) => part !== PREPARED);
    await attempt(instruments?.load.stop());
    await attempt(instruments?.sampler.stop());
    recorder.begin('clean-up');
    await this.#undo();
    await attempt(instruments?.close());
    return failures;
  }

  #begin(phase: PhaseName): void {
    if (phase !== 'heal') this.#goOn();
    this.#parts.recorder.begin(phase);
  }

  async #pause(ms: number): Promise<void> {
    await this.#parts.sleep(ms, this.#halted);
    this.#goOn();
  }

  #goOn(): void {
    this.#halted.throwIfAborted();
  }

  #now(): number {
    return this.#parts.recorder.now();
  }

  #allReady(): Promise<void> {
    return this.#parts.target.ready(this.#names, this.#plan.heals);
  }

  #judgeNow(list: CheckedIn): ExpectationResult[] {
    const judged = this.#judged(list);
    this.#expectations.push(...judged);
    return judged;
  }

  #judged(list: CheckedIn): ExpectationResult[] {
    const { recorder } = this.#parts;
    return this.#plan.hypotheses
      .filter(({ phase }) => phase === list)
      .map((hypothesis) => judge(hypothesis, recorder, recorder.now()));
  }
}

const byHand = { how: 'aborted', why: 'it was stopped by hand' } as const;

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
