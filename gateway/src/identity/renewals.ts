/**
 * Renewals of sessions by their id: one at a time for each, and the outcome stands for whoever still comes with the old cookie.
 * A provider may take a refresh token once only. Bounded: the oldest leaves first.
 */
export class Renewals<T extends { readonly goodUntil: number }> {
  readonly #entries = new Map<string, { readonly outcome: Promise<T>; goodUntil: number }>();
  readonly #now: () => number;
  readonly #max: number;

  /** `now` and `goodUntil` are epoch seconds. */
  constructor(now: () => number, max = 2_000) {
    this.#now = now;
    this.#max = max;
  }

  get(id: string, renew: () => Promise<T>): Promise<T> {
    const known = this.#entries.get(id);
    if (known !== undefined && known.goodUntil > this.#now()) return known.outcome;
    const entry = { outcome: renew(), goodUntil: Infinity };
    this.#entries.delete(id);
    if (this.#entries.size >= this.#max) this.#entries.delete(this.#entries.keys().next().value ?? '');
    this.#entries.set(id, entry);
    entry.outcome.then(
      ({ goodUntil }) => (entry.goodUntil = goodUntil),
      () => this.#entries.get(id) === entry && this.#entries.delete(id),
    );
    return entry.outcome;
  }

  forget(id: string): void {
    this.#entries.delete(id);
  }
}
