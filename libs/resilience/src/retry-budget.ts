/** Pattern: Retry. Caps retries at a share of the calls, so that a sick upstream never sees much more load than a healthy one. */
export class RetryBudget {
  #tokens: number;
  readonly #share: number;
  readonly #max: number;

  /** `percent` of calls may be retried; up to `max` retries are saved up, so that a quiet client may retry too. */
  constructor(percent: number, max = 5) {
    this.#share = percent / 100;
    this.#max = max;
    this.#tokens = max;
  }

  recordCall(): void {
    this.#tokens = Math.min(this.#max, this.#tokens + this.#share);
  }

  tryTake(): boolean {
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
