/** What a caller has spent in the window under way, as far as this process knows. Times in epoch milliseconds. */
export class Account {
  readonly key: string;
  endsAt = 0;
  /** Here and, as last heard, elsewhere. */
  spent = 0;
  /** The part of it that the others have not been told. */
  unreported = 0;
  /** Points that were asked for and not had. */
  refused = 0;
  isReporting = false;
  /** Not yet counted as usage. */
  unmetered = { spent: 0, refused: 0 };

  constructor(key: string) {
    this.key = key;
  }

  /** Begins a new window if the last one is over, or ends later than any may: the clock was set back. */
  at(now: number, windowMs: number): this {
    if (now < this.endsAt && this.endsAt <= now + windowMs) return this;
    this.endsAt = now + windowMs;
    this.spent = 0;
    this.unreported = 0;
    this.refused = 0;
    return this;
  }

  /** False when that would be more than the limit; nothing is spent then. */
  spend(cost: number, limit: number): boolean {
    if (this.spent + cost > limit && cost > 0) {
      this.refused += cost;
      this.unmetered.refused += cost;
      return false;
    }
    this.spent += cost;
    this.unreported += cost;
    this.unmetered.spent += cost;
    return true;
  }

  /** What all have spent by now, in the window that ends then. */
  hear(spent: number, endsAt: number): void {
    this.spent = spent + this.unreported;
    this.endsAt = endsAt;
  }
}

/** The accounts of a process by caller. Bounded: the one that was opened first leaves first, and its caller begins anew. */
export class Accounts {
  readonly #accounts = new Map<string, Account>();
  readonly #max: number;

  constructor(max = 20_000) {
    this.#max = max;
  }

  of(key: string): Account {
    const known = this.#accounts.get(key);
    if (known !== undefined) return known;
    if (this.#accounts.size >= this.#max) this.#accounts.delete(this.#accounts.keys().next().value ?? '');
    const account = new Account(key);
    this.#accounts.set(key, account);
    return account;
  }

  get size(): number {
    return this.#accounts.size;
  }
}
