/** What happened to the reads of one kind. Every read is a hit, a miss, or joined another's. */
export interface Counters {
  localHits: number;
  sharedHits: number;
  misses: number;
  loads: number;
  loadErrors: number;
  /** Entries that a change had outdated. */
  outdated: number;
  /** Entries that did not parse, and were removed. */
  unreadable: number;
}

const none = (): Counters => ({
  localHits: 0,
  sharedHits: 0,
  misses: 0,
  loads: 0,
  loadErrors: 0,
  outdated: 0,
  unreadable: 0,
});

export class KindCounters {
  readonly #kinds = new Map<string, Counters>();

  of(kind: string): Counters {
    const known = this.#kinds.get(kind);
    if (known !== undefined) return known;
    const counters = none();
    this.#kinds.set(kind, counters);
    return counters;
  }

  all(): readonly (readonly [kind: string, counters: Readonly<Counters>])[] {
    return [...this.#kinds];
  }
}
