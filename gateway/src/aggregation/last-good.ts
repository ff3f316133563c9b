import { LRUCache } from 'lru-cache';

interface Kept {
  readonly value: unknown;
  readonly bytes: number;
  readonly at: number;
}

/** Parsed, an answer takes about so many times the memory of its text. */
const PARSED = 3;
const OVERHEAD = 256;

/** Pattern: Cache-Aside, for bad days. The last good answer of each part of a page: given out only while there is no newer one to be had. */
export class LastGood {
  readonly #kept: LRUCache<string, Kept>;
  readonly #now: () => number;

  /** `now` in milliseconds that never go back. */
  constructor(maxBytes: number, now: () => number) {
    this.#kept = new LRUCache<string, Kept>({
      maxSize: maxBytes,
      sizeCalculation: ({ bytes }, key) => bytes * PARSED + key.length + OVERHEAD,
    });
    this.#now = now;
  }

  get bytes(): number {
    return this.#kept.calculatedSize;
  }

  /** `bytes` of its text. */
  remember(key: string, value: unknown, bytes: number): void {
    this.#kept.set(key, { value, bytes, at: this.#now() });
  }

  /** What is remembered by this key came from the same schema that asks for it now: it stands in the key's path. */
  find<T>(key: string, maxAgeMs: number): { readonly value: T; readonly ageMs: number } | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    const ageMs = this.#now() - kept.at;
    return ageMs <= maxAgeMs ? { value: kept.value as T, ageMs } : undefined;
  }

  forget(key: string): void {
    this.#kept.delete(key);
  }
}
