import { SlidingWindow } from './sliding-window.js';

/** What failed since the last good answer, as far as it is younger than `windowMs`. Time is an argument: milliseconds that never go back. */
export class FailureRun {
  readonly #window: SlidingWindow;
  #since: number | undefined;

  constructor(windowMs: number) {
    this.#window = new SlidingWindow(windowMs);
  }

  /** A call failed. */
  add(now: number, weight: number): void {
    this.#since ??= now;
    this.#window.add(now, 1, weight);
  }

  /** There was a good answer, or it begins anew. */
  end(): void {
    // Nearly every call is good: it must cost nothing then.
    if (this.#since === undefined) return;
    this.#since = undefined;
    this.#window.clear();
  }

  /** How long there was nothing but failures, in milliseconds; 0 after a good answer. */
  lastedMs(now: number): number {
    return this.#since === undefined ? 0 : now - this.#since;
  }

  /** Valid until the next call of this object. */
  at(now: number): { readonly calls: number; readonly failures: number } {
    return this.#window.at(now);
  }
}
