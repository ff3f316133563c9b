import { LRUCache } from 'lru-cache';

export interface LocalEntry {
  /** Undefined: known to be absent. */
  readonly text: string | undefined;
  readonly tag: string;
}

interface Kept extends LocalEntry {
  readonly endsAt: number;
}

/** What an entry costs beside its text: two map slots, an object, list links. */
const OVERHEAD_BYTES = 200;

/** Copies inside the process: bounded in bytes, least recently used goes first. */
export class LocalLevel {
  readonly #entries: LRUCache<string, Kept>;
  readonly #keysOf = new Map<string, Set<string>>();
  readonly #now: () => number;
  #evictions = 0;

  /** @param now ms on any clock that only goes forward */
  constructor(maxBytes: number, now: () => number) {
    this.#now = now;
    this.#entries = new LRUCache({
      maxSize: maxBytes,
      // One huge list must not push out everything else.
      maxEntrySize: Math.max(1, Math.floor(maxBytes / 8)),
      sizeCalculation: ({ text = '' }, key) => Buffer.byteLength(text) + key.length + OVERHEAD_BYTES,
      dispose: ({ tag }, key, reason) => {
        if (reason === 'evict') this.#evictions += 1;
        if (reason !== 'set') this.#unlink(tag, key);
      },
    });
  }

  get(key: string): LocalEntry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.endsAt > this.#now()) return entry;
    this.#entries.delete(key);
    return undefined;
  }

  set(key: string, entry: LocalEntry, ttlMs: number): void {
    if (ttlMs <= 0) return;
    const keys = this.#keysOf.get(entry.tag) ?? new Set();
    this.#keysOf.set(entry.tag, keys.add(key));
    this.#entries.set(key, { ...entry, endsAt: this.#now() + ttlMs });
    if (!this.#entries.has(key)) this.#unlink(entry.tag, key);
  }

  drop(tag: string): void {
    for (const key of this.#keysOf.get(tag) ?? []) this.#entries.delete(key);
  }

  stats(): { readonly entries: number; readonly bytes: number; readonly evictions: number } {
    return { entries: this.#entries.size, bytes: this.#entries.calculatedSize, evictions: this.#evictions };
  }

  #unlink(tag: string, key: string): void {
    const keys = this.#keysOf.get(tag);
    keys?.delete(key);
    if (keys?.size === 0) this.#keysOf.delete(tag);
  }
}
