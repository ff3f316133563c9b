import type { HttpResponse } from '@souk/http';
import { LRUCache } from 'lru-cache';
import type { CacheHint, CacheRules } from './cache-rules.js';
import { type About, isLarge, keep, type KeptAnswer, sizeOf } from './kept-answer.js';

/** What stands at the plain key where answers depend on headers, or may not be kept at all. */
type Slot =
  | KeptAnswer
  | { readonly upstream: string; readonly vary: readonly string[] }
  | { readonly upstream: string; readonly passUntil: number };

/** A call under way, and those who wait for it. */
interface Flight {
  readonly upstream: string;
  readonly headers: Wanted['headers'];
  readonly done: Promise<Landing>;
}

/** What those who waited are given: `vary` names the request headers on which the answer turned out to depend, `failed` its status. */
type Landing =
  { readonly kept: KeptAnswer; readonly vary: readonly string[] } | { readonly failed: number } | undefined;

export interface Wanted {
  /** Of `keyOf`. */
  readonly key: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly hint: CacheHint;
  readonly about: About;
  /** Asks the service, for everybody who wants this: not ended by one caller who leaves. */
  readonly load: () => Promise<HttpResponse>;
}

/** How an answer came about; `alone`: nothing can be shared, the caller has to ask by itself. */
export type Outcome =
  | {
      readonly kind: 'hit' | 'refreshing' | 'stored' | 'collapsed' | 'failed';
      readonly kept: KeptAnswer;
      readonly status?: number;
    }
  | { readonly kind: 'passed'; readonly answer: HttpResponse }
  | { readonly kind: 'alone' };

export interface ResponseCacheOptions {
  readonly maxBytes: number;
  readonly rules: CacheRules;
  /** Milliseconds that never go back. */
  readonly now: () => number;
}

/** How long an address that was not to be kept is not tried again: nobody waits for anybody there. */
const PASS_MS = 10_000;
const PATIENCE_MS = 500;

/**
 * Pattern: Gateway Offloading. Answers that are the same for everybody, kept for a moment: one request at a time goes on to the
 * service, an old answer is better than none while it fails. Bounded in bytes, the longest unused leaves first.
 */
export class ResponseCache {
  readonly #slots: LRUCache<string, Slot>;
  /** A purge takes them away: what was asked for before it is not kept after it. */
  readonly #flights = new Map<string, Flight>();
  readonly #rules: CacheRules;
  readonly #now: () => number;

  constructor({ maxBytes, rules, now }: ResponseCacheOptions) {
    this.#slots = new LRUCache<string, Slot>({
      maxSize: maxBytes,
      sizeCalculation: (slot, key) => (isKept(slot) ? sizeOf(slot) : 256) + key.length,
    });
    this.#rules = rules;
    this.#now = now;
  }

  get bytes(): number {
    return this.#slots.calculatedSize;
  }

  get entries(): number {
    return this.#slots.size;
  }

  /** An answer that is fresh, at once and without anybody being asked. */
  fresh(key: string, headers: Wanted['headers']): KeptAnswer | undefined {
    const kept = this.#find(key, headers);
    return kept !== undefined && this.#now() < kept.freshUntil ? kept : undefined;
  }

  ageMs = ({ storedAt }: KeptAnswer): number => this.#now() - storedAt;

  freshMs = ({ freshUntil }: KeptAnswer): number => freshUntil - this.#now();

  /** @throws what `load` throws, when there is nothing old to give instead */
  async get(wanted: Wanted): Promise<Outcome> {
    const kept = this.#find(wanted.key, wanted.headers);
    const now = this.#now();
    if (kept !== undefined && now < kept.freshUntil) return { kind: 'hit', kept };
    if (kept === undefined && this.#isPassed(wanted)) return { kind: 'alone' };
    const flightKey = this.#flightKey(wanted);
    const flight = this.#flights.get(flightKey);
    if (kept !== undefined && now < kept.staleUntil) {
      // Nobody waits for it; what becomes of it is seen by the next one who asks.
      if (flight === undefined) this.#lead(wanted, flightKey).then(dropped, () => undefined);
      return { kind: 'refreshing', kept };
    }
    const usable = kept !== undefined && now < kept.usableUntil ? kept : undefined;
    const outcome = flight === undefined ? this.#leading(wanted, flightKey, usable) : following(flight, wanted, usable);
    return usable === undefined ? outcome : inTime(outcome, usable);
  }

  /** Of one service, or all; how many there were. */
  purge(upstream?: string): number {
    const concerns = (one: string): boolean => upstream === undefined || one === upstream;
    // Who asks from now on must not be given what was asked for before.
    for (const [key, flight] of this.#flights) if (concerns(flight.upstream)) this.#flights.delete(key);
    let purged = 0;
    for (const [key, slot] of this.#slots.entries()) {
      if (!concerns(slot.upstream)) continue;
      purged += isKept(slot) ? 1 : 0;
      this.#slots.delete(key);
    }
    return purged;
  }

  async #leading(wanted: Wanted, flightKey: string, usable: KeptAnswer | undefined): Promise<Outcome> {
    try {
      const outcome = await this.#lead(wanted, flightKey);
      if (outcome.kind !== 'passed' || usable === undefined || outcome.answer.status < 500) return outcome;
      dropped(outcome);
      return { kind: 'failed', kept: usable, status: outcome.answer.status };
    } catch (error) {
      if (usable === undefined) throw error;
      return { kind: 'failed', kept: usable };
    }
  }

  /** The one call that all who want this wait for. */
  async #lead(wanted: Wanted, flightKey: string): Promise<Outcome> {
    const { promise: done, resolve, reject } = Promise.withResolvers<Landing>();
    done.catch(() => undefined);
    const { upstream } = wanted.about;
    const flight: Flight = { upstream, headers: wanted.headers, done };
    this.#flights.set(flightKey, flight);
    try {
      const answer = await wanted.load();
      const lifetime = isLarge(answer) ? undefined : this.#rules.lifetimeOf(wanted.hint, answer);
      const kept = lifetime && (await keep(answer, wanted.about, lifetime, this.#now));
      if (kept === undefined) {
        const failed = answer.status >= 500;
        // A service that fails will not always.
        if (!failed) this.#slots.set(this.#place(wanted), { upstream, passUntil: this.#now() + PASS_MS });
        resolve(failed ? { failed: answer.status } : undefined);
        return lifetime === undefined ? { kind: 'passed', answer } : { kind: 'alone' };
      }
      const vary = union(wanted.about.chosenBy, lifetime?.vary);
      if (this.#flights.get(flightKey) === flight) this.#put(wanted, vary, kept);
      resolve({ kept, vary });
      return { kind: 'stored', kept };
    } catch (error) {
      reject(error);
      throw error;
    } finally {
      if (this.#flights.get(flightKey) === flight) this.#flights.delete(flightKey);
    }
  }

  #put({ key, headers }: Wanted, vary: readonly string[], kept: KeptAnswer): void {
    if (vary.length > 0) this.#slots.set(key, { upstream: kept.upstream, vary });
    this.#slots.set(this.#variant(key, vary, headers), kept);
  }

  #find(key: string, headers: Wanted['headers']): KeptAnswer | undefined {
    const slot = this.#slots.get(key);
    if (slot === undefined || isKept(slot)) return slot;
    const variant = 'vary' in slot ? this.#slots.get(this.#variant(key, slot.vary, headers)) : undefined;
    return variant !== undefined && isKept(variant) ? variant : undefined;
  }

  /** Request headers on which answers at this address are known to depend. */
  #varyOf(key: string): readonly string[] {
    const slot = this.#slots.get(key);
    return slot !== undefined && 'vary' in slot ? slot.vary : [];
  }

  /** Where an answer to this is, or would be. */
  #place({ key, headers }: Wanted): string {
    return this.#variant(key, this.#varyOf(key), headers);
  }

  #flightKey({ key, about, headers }: Wanted): string {
    return this.#variant(key, union(about.chosenBy, this.#varyOf(key)), headers);
  }

  #isPassed(wanted: Wanted): boolean {
    const slot = this.#slots.get(this.#place(wanted));
    return slot !== undefined && 'passUntil' in slot && this.#now() < slot.passUntil;
  }

  #variant(key: string, names: readonly string[], headers: Wanted['headers']): string {
    return names.length === 0 ? key : `${key}\n${names.map((name) => `${name}: ${String(headers[name])}`).join('\n')}`;
  }
}

const isKept = (slot: Slot): slot is KeptAnswer => 'body' in slot;

const union = (some: readonly string[], others: readonly string[] = []): readonly string[] => [
  ...new Set([...some, ...others]),
];

/** Who has something old to give waits a moment for something newer, not as long as a service that hangs. */
async function inTime(outcome: Promise<Outcome>, usable: KeptAnswer): Promise<Outcome> {
  const { promise: late, resolve } = Promise.withResolvers<Outcome>();
  const timer = setTimeout(() => {
    // It goes on, for those who come later.
    outcome.then(dropped, () => undefined);
    resolve({ kind: 'failed', kept: usable });
  }, PATIENCE_MS);
  return Promise.race([outcome, late]).finally(() => clearTimeout(timer));
}

/** Who refreshed for nobody reads no body either. */
function dropped(outcome: Outcome): void {
  if (outcome.kind === 'passed') outcome.answer.body.dump();
}

async function following({ done, headers }: Flight, wanted: Wanted, usable: KeptAnswer | undefined): Promise<Outcome> {
  try {
    const shared = await done;
    if (shared !== undefined && 'failed' in shared)
      return usable === undefined ? { kind: 'alone' } : { kind: 'failed', kept: usable, status: shared.failed };
    // Only the answer says on what it depends: it may not be the one that this caller would have had.
    if (shared?.vary.every((name) => String(headers[name]) === String(wanted.headers[name])) !== true)
      return { kind: 'alone' };
    return { kind: 'collapsed', kept: shared.kept };
  } catch (error) {
    if (usable === undefined) throw error;
    return { kind: 'failed', kept: usable };
  }
}
