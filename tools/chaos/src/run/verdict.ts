import type { PhaseName } from './observations.ts';

/**
 * `pass` and `fail` speak of the shop; `aborted`: it was ended early, by a rule or a person; `broken`: the harness itself failed, and
 * nothing is said about the shop.
 */
export type Outcome = 'pass' | 'fail' | 'aborted' | 'broken';

/** Which of the experiment's lists an expectation is of. */
export type CheckedIn = 'before' | 'during' | 'after' | 'abort';

export interface ExpectationResult {
  readonly phase: CheckedIn;
  /** The hypothesis in the words of people. */
  readonly that: string;
  readonly measure: string;
  /** Undefined: nothing was seen of it, which fails it. */
  readonly figure?: number;
  readonly unit: string;
  readonly bound: { readonly atLeast?: number; readonly atMost?: number };
  readonly ok: boolean;
}

export interface InvariantResult {
  /** `I5`, as in docs/chaos.md. */
  readonly id: string;
  /** What it says. */
  readonly what: string;
  readonly ok: boolean;
  /** What was looked at, or what is wrong. */
  readonly detail: string;
  /** It has looked at nothing; `ok` says whether that may be. */
  readonly notChecked?: true;
}

/** verdict.json of a run: with observations.json beside it everything that a report is made of. */
export interface Verdict {
  readonly experiment: string;
  readonly title: string;
  readonly breaks: string;
  readonly expects: string;
  readonly on: 'host' | 'k8s';
  readonly seed: number;
  /** Repeats the run. */
  readonly command: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly tookMs: number;
  readonly commit: string;
  /** For people: "2 cores, 8 GiB, Node 24.9.0, linux". */
  readonly machine: string;
  /** For people, one line each: "12 arrivals a second of shop", "kafka: kill -9 at 0 s" … */
  readonly settings: readonly string[];
  readonly verdict: Outcome;
  /** What happened, in one sentence. */
  readonly sentence: string;
  /** Of an aborted or a broken run: in which phase it ended. */
  readonly endedIn?: PhaseName;
  /** Where visitors came late because whoever sends them had no time: a bound on time that is missed may be missed by that. */
  readonly loadLate?: string;
  readonly expectations: readonly ExpectationResult[];
  readonly invariants: readonly InvariantResult[];
  /** Seconds from the heal until what is named was as before: "first order confirmed", "every order final" … */
  readonly recoverySeconds: Readonly<Record<string, number>>;
  /** What could not be put back as it was; a run that leaves something behind has failed. */
  readonly leftBehind: readonly string[];
}
