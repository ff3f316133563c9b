export interface RevertRule {
  readonly errorRatio: number;
  readonly minimumCalls: number;
  readonly windowSeconds: number;
}

/** Watches what becomes of the calls to a canary. */
export interface Judge {
  /** Whether with this call the canary has failed its callers too often. `now` in milliseconds of one clock. */
  condemns(hasFailed: boolean, now: number): boolean;
}

const SLICES = 10;

/** Counts the calls of a sliding window, a tenth of it at a time. */
export class WindowJudge implements Judge {
  readonly #rule: RevertRule;
  readonly #sliceMs: number;
  readonly #slices = Array.from({ length: SLICES }, () => ({ number: -1, calls: 0, errors: 0 }));

  constructor(rule: RevertRule) {
    this.#rule = rule;
    this.#sliceMs = (rule.windowSeconds * 1_000) / SLICES;
  }

  condemns(hasFailed: boolean, now: number): boolean {
    const number = Math.floor(now / this.#sliceMs);
    const slice = this.#slices[number % SLICES];
    if (slice === undefined) return false;
    if (slice.number !== number) Object.assign(slice, { number, calls: 0, errors: 0 });
    slice.calls += 1;
    if (!hasFailed) return false;
    slice.errors += 1;
    const recent = this.#slices.filter((one) => one.number > number - SLICES);
    const [calls, errors] = [sum(recent, 'calls'), sum(recent, 'errors')];
    return calls >= this.#rule.minimumCalls && errors / calls > this.#rule.errorRatio;
  }
}

const sum = <K extends string>(of: readonly Record<K, number>[], key: K): number =>
  of.reduce((total, one) => total + one[key], 0);
