import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { soukCommand } from '../../../cli/src/souk-command.ts';
import type { Plan } from '../experiment/plan.ts';
import { openLoad } from '../load/load.ts';
import { openSampler } from '../measure/sampler.ts';
import { readSlos, sloRequests } from '../measure/slo.ts';
import type { OpenSite, Site } from '../target/site.ts';
import { Books } from './books.ts';
import { busyNote, commitNow, machineText } from './circumstances.ts';
import { conclude } from './conclude.ts';
import type { FileJournal } from './file-journal.ts';
import { HISTORY, runFolder, writeRun } from './files.ts';
import { leftBehind } from './left-behind.ts';
import { alone } from './lock.ts';
import type { Observations } from './observations.ts';
import { pause } from './pause.ts';
import { processMarks } from './process-marks.ts';
import { Recorder } from './recorder.ts';
import { writeIndex, writePage } from './report-again.ts';
import { type Instruments, Runner } from './runner.ts';
import type { Settings } from './settings.ts';
import { journalOf, undoStale } from './undoing.ts';
import type { Verdict } from './verdict.ts';

/** Visits that come later than this are worth a note; how late makes a run void, load/as-meant.ts says. */
const LATE_MS = 100;

export interface RunOptions {
  readonly site: Site;
  /** Repeats what visitors do and what faults choose. */
  readonly seed: number;
  /** How processes run beside what the faults want, each started anew for it. */
  readonly settings?: Settings;
  /** What was loaded, where more than one is run: else it is read before the run. */
  readonly commit?: string;
  /** Ends the run early: what is in force is undone at once. */
  readonly halted?: AbortSignal;
  /** Told when the run begins, with what is seen while it goes on. */
  readonly watch?: (recorder: Recorder) => void;
}

/** What came of a run; everything of it is in `folder`, too. */
export interface PastExperiment {
  readonly verdict: Verdict;
  readonly observations: Observations;
  readonly folder: string;
  /** A page for the browser. */
  readonly report: string;
}

/**
 * Runs an experiment on a shop, and undoes all of it. What a runner that died has left is undone first.
 * @throws CliError where the shop does not run, may not be broken, or is broken by somebody else already
 */
export function runExperiment(plan: Plan, options: RunOptions): Promise<PastExperiment> {
  const { site } = options;
  return alone(site, async () => {
    await undoStale(site);
    site.remember();
    const opened = await site.open();
    return new Run(plan, options, opened).run().finally(() => opened.close());
  });
}

/** One run with everything that belongs to it. */
class Run {
  readonly #plan: Plan;
  readonly #options: RunOptions;
  readonly #site: Site;
  readonly #shop: OpenSite;
  readonly #recorder = new Recorder();
  readonly #journal: FileJournal;
  readonly #startedAt = new Date();
  readonly #commit: string;
  readonly #folder: string;
  readonly #died: string[] = [];

  constructor(plan: Plan, options: RunOptions, shop: OpenSite) {
    this.#plan = plan;
    this.#options = options;
    this.#site = options.site;
    this.#shop = shop;
    this.#commit = options.commit ?? commitNow();
    this.#folder = runFolder(this.#site, plan, this.#startedAt);
    this.#journal = journalOf(this.#site, () => shop.target, {
      undone: ({ says }) => this.#recorder.mark('undone', says),
      gone: ({ says }) => this.#died.push(`it was too late to ${says}: it had ended by itself`),
    });
  }

  async run(): Promise<PastExperiment> {
    const { seed, settings = {}, halted = new AbortController().signal, watch } = this.#options;
    const { target } = this.#shop;
    const before = await this.#shop.state();
    watch?.(this.#recorder);
    const busy = busyNote(loadavg()[0] ?? 0, availableParallelism());
    if (busy !== undefined) this.#recorder.mark('note', busy);
    const parts = {
      target,
      journal: this.#journal,
      recorder: this.#recorder,
      folder: this.#folder,
      instruments: () => this.#instruments(),
      died: () => this.#died,
      leftBehind: async () => [...this.#inForce(), ...leftBehind(before, await this.#shop.state())],
      sleep: pause,
      seed,
      settings,
    };
    const ended = await new Runner(this.#plan, parts, halted).run();
    if (this.#journal.entries.length === 0) {
      this.#journal.close();
      await this.#site.forget();
    }
    return this.#write(conclude(this.#plan, this.#circumstances(), ended, this.#recorder, this.#recorder.now()));
  }

  #inForce(): string[] {
    return this.#journal.entries.map(({ says }) => `not undone: ${says}`);
  }

  async #instruments(): Promise<Instruments> {
    const { target } = this.#shop;
    const recorder = this.#recorder;
    const { load: profile, invariants, hypotheses } = this.#plan;
    const { now, answers, orders, samples } = recorder;
    const books = await Books.open(target.context.urls, invariants);
    const historyFile = join(this.#folder, HISTORY);
    const seed = this.#options.seed;
    const load = await openLoad({ target, load: profile, seed, now, historyFile, answers, orders });
    const sampler = openSampler({
      target,
      requests: [...hypotheses.flatMap(({ needs }) => needs), ...sloRequests(readSlos())],
      now,
      samples,
      links: (link) => this.#shop.links(link),
      processes: () => this.#shop.seen(),
      extra: () => ({ ...load.series(), ...recorder.own }),
    });
    const settle = (withinMs: number) => {
      const { dropped, lateMs } = load.figures;
      if (dropped > 0 || lateMs > LATE_MS)
        recorder.mark('note', `the load was not as meant: ${dropped} visits dropped, others up to ${lateMs} ms late`);
      return load.settle(withinMs);
    };
    const notAsMeant = () => load.notAsMeant();
    return {
      load: { start: () => load.start(), stop: () => load.stop(), settle, notAsMeant },
      sampler,
      check: () => books.check(load.edges),
      close: async () => {
        await Promise.all([load.close(), books.close()]);
      },
    };
  }

  #circumstances() {
    const { on, name: shop } = this.#site;
    const { seed } = this.#options;
    const { name, isWithoutFault } = this.#plan;
    return {
      on,
      seed,
      command: soukCommand(shop, `chaos run ${name} --seed ${seed}${isWithoutFault ? ' --without-fault' : ''}`),
      startedAt: this.#startedAt.toISOString(),
      commit: this.#commit,
      machine: machineText(),
    };
  }

  #write(verdict: Verdict): PastExperiment {
    const { answers, samples, marks, phases, orders } = this.#recorder;
    const all = [...marks, ...processMarks(samples)].sort((a, b) => a.at - b.at);
    const observations: Observations = { answers, samples, marks: all, phases, orders };
    writeRun(this.#folder, verdict, observations);
    const report = writePage(this.#folder, verdict, observations);
    writeIndex(this.#site);
    return { verdict, observations, folder: this.#folder, report };
  }
}
