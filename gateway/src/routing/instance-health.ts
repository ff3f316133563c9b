export interface OutlierRule {
  readonly failures: number;
  readonly withinSeconds: number;
  readonly outSeconds: number;
}

/** What is known of one instance; times are milliseconds of one clock. */
export class InstanceHealth {
  readonly #rule: OutlierRule;
  #failures: readonly number[] = [];
  #outUntil = -Infinity;

  constructor(rule: OutlierRule) {
    this.#rule = rule;
  }

  isOut(now: number): boolean {
    return now < this.#outUntil;
  }

  /** Whether this failure was one too many. */
  failed(now: number): boolean {
    const { failures, withinSeconds } = this.#rule;
    this.#failures = [...this.#failures.filter((at) => now - at < withinSeconds * 1_000), now].slice(-failures);
    return this.#failures.length >= failures;
  }

  takeOut(now: number): void {
    const { failures, outSeconds } = this.#rule;
    this.#outUntil = now + outSeconds * 1_000;
    // It comes back on probation: the next failure is one too many.
    this.#failures = Array<number>(failures - 1).fill(this.#outUntil);
  }
}
