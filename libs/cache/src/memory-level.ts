import { SharedLevel } from './shared-level.js';
import type { Change, Seen, SharedStats } from './shared-level.js';

/** The shared level as a test sees it: several caches on one of these are replicas on one server. */
export class MemoryLevel extends SharedLevel {
  readonly entries = new Map<string, { readonly text: string; readonly endsAt: number }>();
  readonly #floors = new Map<string, number>();
  readonly #listeners: ((tags: readonly string[]) => void)[] = [];
  readonly #now: () => number;
  up = true;

  constructor(now: () => number = () => 0) {
    super();
    this.#now = now;
  }

  async known(_limitMs: number): Promise<void> {
    // Nothing has to be found out.
  }

  async read(key: string, tag: string): Promise<Seen | undefined> {
    if (!this.up) return undefined;
    const entry = this.entries.get(key);
    const text = entry !== undefined && entry.endsAt > this.#now() ? entry.text : undefined;
    return { text, floor: this.#floors.get(tag) ?? 0 };
  }

  async write(key: string, text: string, ttlMs: number): Promise<void> {
    if (this.up) this.entries.set(key, { text, endsAt: this.#now() + ttlMs });
  }

  async remove(key: string): Promise<void> {
    this.entries.delete(key);
  }

  async raise({ tag, version, also }: Change): Promise<boolean> {
    if (!this.up) return true;
    if (version <= (this.#floors.get(tag) ?? 0)) return false;
    this.#floors.set(tag, version);
    for (const other of also) this.#floors.set(other, (this.#floors.get(other) ?? 0) + 1);
    for (const listener of this.#listeners) listener([tag, ...also]);
    return true;
  }

  onRaised(listener: (tags: readonly string[]) => void): void {
    this.#listeners.push(listener);
  }

  stats(): SharedStats {
    return { up: this.up, errors: 0, owed: 0 };
  }

  async close(): Promise<void> {
    // Memory goes with the test.
  }
}
