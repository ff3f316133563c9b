/** So many rows in one round are load. */
const MANY = 20;

/**
 * When rounds that carry what has arrived wait before they look again, so that several arrivals share the costs of one: only
 * under load, which is a round that carried much or began right after the one before. Who comes alone waits for nobody.
 */
export class Gathering {
  readonly #gatherMs: number;
  readonly #full: number;
  readonly #now: () => number;
  #count = 0;
  #idleMs = Infinity;
  #endedAt = -Infinity;

  /**
   * @param gatherMs how long to wait; 0 is never
   * @param full a round of so many leaves others behind: nothing is gained by waiting
   * @param now ms of a clock that does not go back
   */
  constructor(gatherMs: number, full: number, now: () => number = () => performance.now()) {
    this.#gatherMs = gatherMs;
    this.#full = full;
    this.#now = now;
  }

  /** A round of `count` begins. */
  began(count: number): void {
    this.#count = count;
    this.#idleMs = this.#now() - this.#endedAt;
  }

  ended(): void {
    this.#endedAt = this.#now();
  }

  /** Wait so many ms before the look that ends the round. */
  get pauseMs(): number {
    if (this.#count >= this.#full) return 0;
    return this.#count > MANY || this.#idleMs < this.#gatherMs ? this.#gatherMs : 0;
  }
}
