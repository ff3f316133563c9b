import type { Places } from './bulkhead.js';
import type { CircuitName, CircuitState } from './circuit-breaker.js';
import type { FaultKind } from './faults.js';

/** `ok` is any healthy answer, a refusal too; `open` and `full` went nowhere; `cancelled` by the caller. */
export type Outcome = 'ok' | 'failed' | 'open' | 'full' | 'cancelled';

/** Upper bounds in seconds. */
const BOUNDS = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

/** What a policy has done since it was made. */
export interface ResilientState {
  readonly name: string;
  /** `closed` where there is no breaker. */
  readonly circuit: CircuitName;
  readonly calls: number;
  /** Calls that went out. */
  readonly tries: number;
  readonly retries: number;
  readonly retriesBy: Readonly<Partial<Record<FaultKind, number>>>;
  readonly fallbacks: number;
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** How often the circuit became this. */
  readonly changes: Readonly<Record<CircuitName, number>>;
  /** Undefined where there is no breaker. */
  readonly breaker: CircuitState | undefined;
  /** Undefined where there is no bulkhead. */
  readonly bulkhead: Pick<Places, 'inUse' | 'queued' | 'places'> | undefined;
  /** Of calls that had a place, waiting for it included; `buckets` by upper bound, each with all before it. */
  readonly seconds: { readonly sum: number; readonly count: number; readonly buckets: readonly [number, number][] };
}

export class Figures {
  calls = 0;
  tries = 0;
  fallbacks = 0;
  readonly retriesBy: Partial<Record<FaultKind, number>> = {};
  readonly outcomes: Record<Outcome, number> = { ok: 0, failed: 0, open: 0, full: 0, cancelled: 0 };
  readonly changes: Record<CircuitName, number> = { closed: 0, open: 0, 'half-open': 0 };
  readonly #buckets = new Float64Array(BOUNDS.length + 1);
  #seconds = 0;

  retried(kind: FaultKind): void {
    this.retriesBy[kind] = (this.retriesBy[kind] ?? 0) + 1;
  }

  took(ms: number): void {
    const seconds = ms / 1_000;
    this.#seconds += seconds;
    let bucket = 0;
    while (bucket < BOUNDS.length && seconds > (BOUNDS[bucket] ?? 0)) bucket++;
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1;
  }

  read(): Omit<ResilientState, 'name' | 'circuit' | 'breaker' | 'bulkhead'> {
    const { calls, tries, fallbacks, retriesBy, outcomes, changes } = this;
    let count = 0;
    const buckets = [...BOUNDS, Number.POSITIVE_INFINITY].map((bound, index): [number, number] => {
      count += this.#buckets[index] ?? 0;
      return [bound, count];
    });
    const retries = Object.values(retriesBy).reduce((sum, one) => sum + one, 0);
    return {
      calls,
      tries,
      retries,
      fallbacks,
      retriesBy: { ...retriesBy },
      outcomes: { ...outcomes },
      changes: { ...changes },
      seconds: { sum: this.#seconds, count, buckets },
    };
  }
}
