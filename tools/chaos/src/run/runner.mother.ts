import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Comparison } from '../../../cli/src/shop/audit/checks.ts';
import type { Plan } from '../experiment/plan.ts';
import type { Injecting } from '../faults/fault.ts';
import type { NotAsMeant } from '../load/as-meant.ts';
import type { Target } from '../target/target.ts';
import { FileJournal } from './file-journal.ts';
import { Recorder } from './recorder.ts';
import { Runner, type RunnerParts } from './runner.ts';

export const SAME = { id: 'I5', what: 'stock adds up', compared: '3 skus', differences: [] as string[] };

/** Time that passes when somebody waits, and not else. */
class Clock {
  ms = 0;
  readonly sleep = async (ms: number, until: AbortSignal): Promise<void> => {
    if (until.aborted) return;
    const end = this.ms + ms;
    const over = new Promise<void>((resolve) => until.addEventListener('abort', () => resolve(), { once: true }));
    if (ms === Infinity) return over;
    this.#waiting.push(end);
    while (this.ms < end && !until.aborted) {
      await new Promise((resolve) => setImmediate(resolve));
      if (until.aborted) break;
      this.ms = Math.max(this.ms, Math.min(...this.#waiting.filter((one) => one > this.ms), end));
    }
    this.#waiting.splice(this.#waiting.indexOf(end), 1);
  };
  readonly #waiting: number[] = [];
}

export interface World {
  readonly log: string[];
  readonly clock: Clock;
  readonly plan: Plan;
  readonly parts: RunnerParts;
  readonly journal: FileJournal;
  readonly halted: AbortController;
  run(): ReturnType<Runner['run']>;
}

export interface Wanted {
  readonly plan?: Partial<Plan>;
  readonly inject?: (injecting: Injecting, log: string[]) => Promise<void>;
  readonly prepare?: (injecting: Injecting) => Promise<void>;
  readonly looks?: readonly Comparison[][];
  readonly check?: () => Promise<Comparison[]>;
  readonly ready?: () => Promise<void>;
  readonly undo?: () => void;
  readonly lasts?: number;
  readonly after?: number;
  readonly notAsMeant?: NotAsMeant;
  readonly died?: readonly string[];
}

/** A shop without processes, in which one fault is prepared and injected; `log` has what was done to it. */
export function world(wanted: Wanted = {}): World {
  const log: string[] = [];
  const clock = new Clock();
  const recorder = new Recorder(() => clock.ms);
  const folder = mkdtempSync(join(tmpdir(), 'souk-run-'));
  const journal = new FileJournal(join(folder, 'journal'), async ({ says }) => {
    wanted.undo?.();
    log.push(`undo: ${says}`);
  });
  const breakIt = async (injecting: Injecting): Promise<void> => {
    await injecting.journal.before({ undo: 'start', with: {}, says: 'start kafka' });
    log.push('broken');
  };
  const fault = {
    kind: 'stop',
    says: 'kafka stopped',
    prepare: wanted.prepare ?? (async ({ runWith }) => runWith('order', { env: { A: '1' } })),
    inject: (injecting: Injecting) => (wanted.inject ?? breakIt)(injecting, log),
  };
  const { lasts, after = 0 } = wanted;
  const plan = {
    name: 'x',
    baseline: 6_000,
    hold: 10_000,
    afterwards: 4_000,
    heals: 20_000,
    injections: [{ fault, after, ...(lasts !== undefined && { lasts }) }],
    hypotheses: [],
    ...wanted.plan,
  } as unknown as Plan;
  const running = ['order', 'kafka'].map((name) => ({ name, pid: 1, ready: true, restarts: 0 }));
  const target = {
    processes: async () => [...running, { name: 'old', pid: null, ready: false, restarts: 0 }],
    restart: async (name: string, { env }: { env?: object }) => void log.push(`restart ${name} ${JSON.stringify(env)}`),
    ready: async (names: readonly string[]) => {
      log.push(`ready ${names.join()}`);
      if (recorder.phase === 'quiesce') await wanted.ready?.();
    },
  } as unknown as Target;
  const looks = [...(wanted.looks ?? [[SAME]])];
  const instruments = async () => {
    log.push('instruments');
    return {
      load: {
        start: () => void log.push('load'),
        stop: async () => void log.push('no load'),
        settle: async () => ({ openKeys: [] }),
        notAsMeant: () => wanted.notAsMeant,
      },
      sampler: {
        start: () => undefined,
        look: async () => void log.push(`sample ${JSON.stringify(recorder.own)}`),
        stop: async () => void log.push('no samples'),
      },
      check: async () => {
        log.push('look');
        if (wanted.check !== undefined) return wanted.check();
        return looks.length > 1 ? (looks.shift() ?? []) : (looks[0] ?? []);
      },
      close: async () => void log.push('closed'),
    };
  };
  const leftBehind = async () => journal.entries.map(({ says }) => says);
  const halted = new AbortController();
  const died = () => wanted.died ?? [];
  const parts = {
    target,
    journal,
    recorder,
    folder,
    instruments,
    died,
    leftBehind,
    sleep: clock.sleep,
    seed: 1,
    settings: {},
  };
  return { log, clock, plan, parts, journal, halted, run: () => new Runner(plan, parts, halted.signal).run() };
}
