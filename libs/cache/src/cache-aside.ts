/** Pattern: Cache-Aside. Reads load on a miss; writes go to the store first and outdate the copies after. */
import { Flights, SingleFlight } from './flights.js';
import type { IsCurrent } from './flights.js';
import { jittered } from './lifetimes.js';
import type { Lifetimes } from './lifetimes.js';
import { LocalLevel } from './local-level.js';
import { KindCounters } from './counters.js';
import type { Change, Seen, SharedLevel } from './shared-level.js';

/** The JSON text of a T: what is answered a thousand times is written once. */
export type Json<T> = string & { readonly jsonOf?: T };

/** What is common to all entries of one sort. Functions are asked each time, so that settings may change. */
export interface Kind<T> {
  /** Stands in keys and metrics: letters, digits, dashes. */
  readonly name: string;
  /** Whether a value of the shared level is what this version of the program takes for a T. */
  readonly isValid: (value: unknown) => boolean;
  /** After so many ms a change that nobody told of is seen; an hour at most. */
  readonly ttlMs: () => number;
  /** How long of that a copy may be kept in the process; a fifth at most. */
  readonly localMs: () => number;
  /** How long, in this process alone, it is remembered that there is nothing; default: not at all. */
  readonly absentMs?: () => number;
  /** Which values are worth a copy; default: all. */
  readonly isKept?: (value: T) => boolean;
  /** Where values have a version of their own, which only grows. */
  readonly versionOf?: (value: T) => number;
}

export interface CacheAsideOptions {
  /** Before every key: whose data it is and in which shape, e.g. `catalog:1`. Another shape needs another. */
  readonly namespace: string;
  /** Without one, each process has copies of its own, and hears of no change that another made. */
  readonly shared?: SharedLevel | undefined;
  /** Of copies in the process. */
  readonly maxBytes: number;
  /** Off, every read is a load; changes are told all the same. */
  readonly enabled?: () => boolean;
  readonly flights?: Flights;
  readonly lifetimes?: Lifetimes;
  /** ms on a clock that only goes forward. */
  readonly now?: () => number;
}

export interface Address {
  readonly id: string;
  /** Names what the value is made from; whoever changes that names it in `changed`. */
  readonly tag: string;
}

/** A load slower than this may have been overtaken by a floor that is gone by now; its result is answered and not kept. */
const SLOWEST_LOAD_MS = 60_000;

/** Answers as JSON text: a copy is sent as it is kept, nobody can change it, and its size is known. */
export class CacheAside {
  readonly #options: CacheAsideOptions;
  readonly shared: SharedLevel | undefined;
  readonly #local: LocalLevel;
  readonly #flights: Flights;
  readonly #lifetimes: Lifetimes;
  readonly #now: () => number;
  readonly counters = new KindCounters();

  constructor(options: CacheAsideOptions) {
    const { shared, maxBytes, flights = new SingleFlight(), lifetimes = jittered() } = options;
    this.#options = options;
    this.shared = shared;
    this.#flights = flights;
    this.#lifetimes = lifetimes;
    this.#now = options.now ?? (() => performance.now());
    this.#local = new LocalLevel(maxBytes, this.#now);
    shared?.onRaised((tags) => this.#outdate(tags));
  }

  /**
   * The value as JSON text, from the nearest level that has it; undefined when `load` found nothing. Rejects as `load` does.
   * @param load reads the store; `undefined` says there is nothing
   */
  read<T>(kind: Kind<T>, address: Address, load: () => Promise<T>): Promise<Json<T>>;
  read<T>(kind: Kind<T>, address: Address, load: () => Promise<T | undefined>): Promise<Json<T> | undefined>;
  async read<T>(kind: Kind<T>, address: Address, load: () => Promise<T | undefined>): Promise<Json<T> | undefined> {
    if (this.#options.enabled?.() === false) return toText(await this.#load(kind, load));
    const key = this.#named(`${kind.name}:${address.id}`);
    const copy = this.#local.get(key);
    if (copy !== undefined) {
      this.counters.of(kind.name).localHits += 1;
      return copy.text;
    }
    const tag = this.#named(address.tag);
    return this.#flights.join(key, tag, (isCurrent) => this.#fetch({ kind, key, tag, load, isCurrent }));
  }

  /**
   * Outdates all copies, here and elsewhere. Call it after the store has the change, and wait for it before you answer. It may be told
   * again, by events for instance, which costs little and changes nothing. Never rejects.
   */
  async changed({ tag, version, also }: Change): Promise<void> {
    const change = { tag: this.#named(tag), version, also: also.map((name) => this.#named(name)) };
    if ((await this.shared?.raise(change)) === false) return;
    // Last: a copy that is made again now is made from what the shared level has from now on.
    this.#outdate([change.tag, ...change.also]);
  }

  stats(): ReturnType<LocalLevel['stats']> & { readonly joined: number } {
    return { ...this.#local.stats(), joined: this.#flights.joined() };
  }

  #outdate(tags: readonly string[]): void {
    for (const tag of tags) {
      this.#flights.ground(tag);
      this.#local.drop(tag);
    }
  }

  async #fetch<T>(want: Want<T>): Promise<string | undefined> {
    const { kind, key, tag, load, isCurrent } = want;
    const counters = this.counters.of(kind.name);
    const seen = await this.shared?.read(key, tag);
    const kept = seen?.text === undefined ? undefined : this.#decode(want, seen);
    if (kept !== undefined) {
      counters.sharedHits += 1;
      if (isCurrent()) this.#local.set(key, { text: kept, tag }, this.#livesOf(kind).localMs);
      return kept;
    }
    counters.misses += 1;
    const began = this.#now();
    const value = await this.#load(kind, load);
    const text = toText(value);
    if (isCurrent() && this.#now() - began < SLOWEST_LOAD_MS) this.#keep(want, seen, value, text);
    return text;
  }

  async #load<T>(kind: Kind<T>, load: Want<T>['load']): Promise<T | undefined> {
    const counters = this.counters.of(kind.name);
    counters.loads += 1;
    try {
      return await load();
    } catch (error) {
      counters.loadErrors += 1;
      throw error;
    }
  }

  /** A value without a version is as new as the floor that stood before it was loaded. */
  #keep<T>({ kind, key, tag }: Want<T>, seen: Seen | undefined, value: T | undefined, text: string | undefined): void {
    const { localMs, sharedMs } = this.#livesOf(kind);
    if (value === undefined) return this.#local.set(key, { text, tag }, kind.absentMs?.() ?? 0);
    if (kind.isKept?.(value) === false) return;
    const floor = seen?.floor ?? 0;
    const version = kind.versionOf?.(value) ?? floor;
    // A store that answers from a lagging replica gives what is known to be old.
    if (version < floor) return;
    this.#local.set(key, { text, tag }, localMs);
    if (seen !== undefined) void this.shared?.write(key, `${version} ${text}`, sharedMs);
  }

  /** The JSON text of an entry that counts. What does not parse is removed: it may be another program's, or half of something. */
  #decode<T>({ kind, key }: Want<T>, { text = '', floor }: Seen): string | undefined {
    const counters = this.counters.of(kind.name);
    const [, version, json] = /^(\d{1,16}) (.+)$/s.exec(text) ?? [];
    if (version !== undefined && Number(version) < floor) {
      counters.outdated += 1;
      return undefined;
    }
    if (json !== undefined && kind.isValid(parsed(json))) return json;
    counters.unreadable += 1;
    void this.shared?.remove(key);
    return undefined;
  }

  #livesOf<T>(kind: Kind<T>): ReturnType<Lifetimes> {
    return this.#lifetimes({ ttlMs: kind.ttlMs(), localMs: kind.localMs() });
  }

  /** In braces, so that a cluster keeps an entry beside its floor. */
  #named(name: string): string {
    return `{${this.#options.namespace}}:${name}`;
  }
}

interface Want<T> {
  readonly kind: Kind<T>;
  readonly key: string;
  readonly tag: string;
  readonly load: () => Promise<T | undefined>;
  readonly isCurrent: IsCurrent;
}

const toText = (value: unknown): string | undefined => (value === undefined ? undefined : JSON.stringify(value));

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
