import { type Account, Accounts } from './account.js';
import type { ThrottleStore } from './throttle-store.js';
import { TopUsage } from './usage.js';

/** The others are told within this time, or as soon as a caller has spent so much of the limit here. */
const TELL_EVERY_MS = 100;
const TELL_AT_SHARE = 0.02;

/**
 * First level of the counters: decides here and tells the store behind the back of the request. A replica therefore lets through too
 * much at most what is spent elsewhere until it hears of it: per other replica 2 % of the limit and what comes in during a round trip.
 */
export class Ledger {
  readonly usage: TopUsage;
  readonly #accounts = new Accounts();
  readonly #untold = new Set<Account>();
  readonly #store: ThrottleStore | undefined;
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;

  /** `now` in epoch milliseconds. */
  constructor(now: () => number, store?: ThrottleStore, usage = new TopUsage()) {
    this.#now = now;
    this.#store = store;
    this.usage = usage;
  }

  /** True while each process counts by itself although it should not. */
  get isAlone(): boolean {
    return this.#store !== undefined && !this.#store.isUp;
  }

  get isShared(): boolean {
    return this.#store?.isUp === true;
  }

  of(key: string, now: number, windowMs: number): Account {
    return this.#accounts.of(key).at(now, windowMs);
  }

  /** After every change of an account. */
  note(account: Account, limit: number, windowMs: number): void {
    this.#untold.add(account);
    if (account.unreported >= limit * TELL_AT_SHARE) this.#tell(account, windowMs);
    this.#timer ??= setTimeout(() => this.flush(windowMs), TELL_EVERY_MS).unref();
  }

  /** Tells everything that was not told yet, and counts it as usage. */
  flush(windowMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const account of this.#untold) {
      this.usage.add(account.key, account.unmetered);
      account.unmetered = { spent: 0, refused: 0 };
      this.#tell(account, windowMs);
    }
    this.#untold.clear();
  }

  #tell(account: Account, windowMs: number): void {
    if (account.unreported === 0 || account.isReporting || this.#store?.isUp !== true) return;
    const { unreported: points, endsAt } = account;
    account.unreported = 0;
    account.isReporting = true;
    this.#store
      .spend(account.key, points, windowMs / 1_000)
      .then(({ spent, endsInMs }) => {
        if (account.endsAt === endsAt) account.hear(spent, this.#now() + Math.min(endsInMs, windowMs));
      })
      .catch(() => {
        if (account.endsAt === endsAt) account.unreported += points;
      })
      .finally(() => {
        account.isReporting = false;
        if (account.unreported > 0) this.note(account, Infinity, windowMs);
      });
  }
}
