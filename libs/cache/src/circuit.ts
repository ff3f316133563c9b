/** Asks a server that failed several times in a row only now and then, so that nobody waits for it. */
export class Circuit {
  readonly #limit: number;
  readonly #pauseMs: number;
  readonly #now: () => number;
  #failures = 0;
  #askAgainAt = 0;

  constructor({ limit, pauseMs, now }: { limit: number; pauseMs: number; now: () => number }) {
    this.#limit = limit;
    this.#pauseMs = pauseMs;
    this.#now = now;
  }

  get closed(): boolean {
    return this.#failures < this.#limit;
  }

  /** Whether to ask now. While it is open one caller a pause may, and finds out. */
  mayAsk(): boolean {
    if (this.closed) return true;
    if (this.#now() < this.#askAgainAt) return false;
    this.#askAgainAt = this.#now() + this.#pauseMs;
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  failed(): void {
    this.#failures += 1;
    this.#askAgainAt = this.#now() + this.#pauseMs;
  }
}
