const FIRST_MS = 200;
const LONGEST_MS = 5_000;
const HEALTHY_RESETS_MS = 30_000;

/** Waiting time before a dead process is started again: 0.2 s, doubling up to 5 s, back to 0.2 s after 30 s of health. */
export class Backoff {
  #next = FIRST_MS;

  /** @param healthyForMs how long the process had been ready when it died; 0 if it never was */
  next(healthyForMs: number): number {
    if (healthyForMs >= HEALTHY_RESETS_MS) this.#next = FIRST_MS;
    const wait = this.#next;
    this.#next = Math.min(wait * 2, LONGEST_MS);
    return wait;
  }
}
