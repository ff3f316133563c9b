import type { z } from 'zod';
import type { Journal } from '../run/journal.ts';
import type { RunSetting, Target } from '../target/target.ts';

/** What a fault is given to work with. */
export interface Injecting {
  readonly target: Target;
  /** Every change is written down here, with its way back, before it is made. */
  readonly journal: Journal;
  /** Seeded: what is chosen is the same in a repeated run. */
  readonly random: () => number;
  /**
   * While it prepares: how a process has to run for it. Settings of all faults add up, each process is started anew once, before the
   * baseline, and as it always runs afterwards.
   */
  readonly runWith: (process: string, setting: RunSetting) => void;
  /** Aborted when the fault is to end. Work that goes on in the background stops then. */
  readonly until: AbortSignal;
  /** Takes work that goes on while the fault lasts; its failure fails the run. */
  readonly background: (work: Promise<unknown>) => void;
  readonly note: (text: string) => void;
  /** Of the run, on this machine: for what is worth reading later. */
  readonly folder: string;
  /** Adds to a counter of its own (by 1 unless told), sampled as `own.<series>`. */
  readonly count: (series: string, by?: number) => void;
}

/**
 * A kind of fault. There is no method that heals: whatever was written into the journal is undone, latest first, by the runner, by
 * the next run, or by `souk chaos halt`, so that a fault never outlives its experiment, whoever dies.
 */
export interface Fault<P> {
  /** Close to the kinds of Chaos Mesh: `process-kill`, `network`, `time-skew` … */
  readonly kind: string;
  readonly summary: string;
  readonly on: readonly ('host' | 'k8s')[];
  /** Servers that must run for this shop alone: one that was given by its address may hold what belongs to others. */
  readonly own?: readonly ('kafka' | 'postgres' | 'valkey')[];
  readonly parameters: z.ZodType<P>;
  /** In one line for people: "kill -9 of kafka". */
  readonly says: (parameters: P) => string;
  /** Before the baseline: what must be in place so that it can be injected (a proxy on a link, failpoints enabled). */
  readonly prepare?: (injecting: Injecting, parameters: P) => Promise<void>;
  readonly inject: (injecting: Injecting, parameters: P) => Promise<void>;
}
