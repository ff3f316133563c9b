const SLICES = 10;

/**
 * Calls and what failed of them in the last `ms`, counted a tenth of it at a time: what is older than `ms` never counts, what is
 * younger than nine tenths of it always does. Time is an argument: milliseconds that never go back.
 */
export class SlidingWindow {
  readonly #calls = new Float64Array(SLICES);
  readonly #failures = new Float64Array(SLICES);
  readonly #sliceMs: number;
  #slice = 0;
  #sums = { calls: 0, failures: 0 };

  constructor(ms: number) {
    this.#sliceMs = ms / SLICES;
  }

  add(now: number, calls: number, failures: number): void {
    const sums = this.at(now);
    const index = this.#slice % SLICES;
    this.#calls[index] = (this.#calls[index] ?? 0) + calls;
    this.#failures[index] = (this.#failures[index] ?? 0) + failures;
    sums.calls += calls;
    sums.failures += failures;
  }

  /** Valid until the next call of this object. */
  at(now: number): { calls: number; failures: number } {
    const slice = Math.floor(now / this.#sliceMs);
    if (slice > this.#slice) this.#moveTo(slice);
    return this.#sums;
  }

  clear(): void {
    this.#calls.fill(0);
    this.#failures.fill(0);
    this.#sums = { calls: 0, failures: 0 };
  }

  #moveTo(slice: number): void {
    const past = Math.min(SLICES, slice - this.#slice);
    for (let step = 1; step <= past; step++) {
      const index = (this.#slice + step) % SLICES;
      this.#calls[index] = 0;
      this.#failures[index] = 0;
    }
    this.#slice = slice;
    // Added up anew: sums that are only ever corrected drift.
    this.#sums = { calls: sum(this.#calls), failures: sum(this.#failures) };
  }
}

const sum = (values: Float64Array): number => values.reduce((total, one) => total + one, 0);
