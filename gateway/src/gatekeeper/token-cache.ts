/** What was found out about a token, for as long as it holds. Bounded: the oldest entry leaves first. */
export class TokenCache<T extends { readonly validUntil: number }> {
  readonly #entries = new Map<string, T>();
  readonly #max: number;
  readonly #now: () => number;

  /** `now` and `validUntil` are epoch seconds. */
  constructor(now: () => number, max = 2_000) {
    this.#now = now;
    this.#max = max;
  }

  /** What is remembered and still holds. */
  known(key: string): T | undefined {
    const known = this.#entries.get(key);
    return known !== undefined && known.validUntil > this.#now() ? known : undefined;
  }

  async get(key: string, make: () => Promise<T>): Promise<T> {
    const known = this.known(key);
    if (known !== undefined) return known;
    const made = await make();
    this.#entries.delete(key);
    if (this.#entries.size >= this.#max) this.#entries.delete(this.#entries.keys().next().value ?? '');
    this.#entries.set(key, made);
    return made;
  }
}
