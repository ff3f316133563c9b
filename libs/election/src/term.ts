import type { Leadership } from './lease.js';

/**
 * The time of one leader. It is over at its own deadline already, by the monotonic clock of this process: before anybody else
 * can have the lease, and without asking anybody.
 */
export class Term implements Leadership {
  readonly epoch: number;
  readonly #end = new AbortController();
  #deadline = 0;
  #timer: NodeJS.Timeout | undefined;
  #progressAt = performance.now();

  /** @param askedAt when the lease was asked for, in the time of `performance.now()`: it began at the earliest then */
  constructor({ epoch }: Leadership, askedAt: number, ttlMs: number) {
    this.epoch = epoch;
    this.extend(askedAt, ttlMs);
  }

  /** Aborts when the task has to stop. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  /** Also false when a timer would have ended the term and could not run, because the process was stopped. */
  get isOurs(): boolean {
    return !this.signal.aborted && performance.now() < this.#deadline;
  }

  /** The task says that it gets on. Without it the lease is not renewed for long. */
  progress(): void {
    this.#progressAt = performance.now();
  }

  stalledFor(): number {
    return performance.now() - this.#progressAt;
  }

  extend(askedAt: number, ttlMs: number): void {
    this.#deadline = askedAt + ttlMs;
    clearTimeout(this.#timer);
    if (this.signal.aborted) return;
    this.#timer = setTimeout(
      () => this.end('the lease could not be renewed in time'),
      this.#deadline - performance.now(),
    );
  }

  end(why: string): void {
    clearTimeout(this.#timer);
    if (!this.signal.aborted) this.#end.abort(new Error(why));
  }
}
