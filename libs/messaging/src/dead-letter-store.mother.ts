import { DeadLetterStore, type StoredLetter } from './dead-letter-store.js';
import type { DeadLetterFilter } from './dead-letters.js';

/** Letters in memory, for specs. */
export class LettersInMemory extends DeadLetterStore {
  readonly letters = new Map<string, StoredLetter>();
  readonly taken = new Set<string>();
  failures = 0;

  async put(letter: StoredLetter): Promise<void> {
    if (this.failures-- > 0) throw new Error('the store is away');
    this.letters.set(letter.id, letter);
  }

  async list({ topic, key, limit }: DeadLetterFilter): Promise<{ items: StoredLetter[]; total: number }> {
    const found = [...this.letters.values()].filter(
      (one) => (topic === undefined || one.topic === topic) && (key === undefined || one.key === key),
    );
    return { items: found.slice(0, limit), total: found.length };
  }

  async count(): Promise<number> {
    return this.letters.size;
  }

  async find(id: string): Promise<StoredLetter | undefined> {
    return this.letters.get(id);
  }

  async take(id: string): Promise<StoredLetter | undefined> {
    const letter = this.letters.get(id);
    if (letter === undefined || this.taken.has(id)) return undefined;
    this.taken.add(id);
    return letter;
  }

  async failedAgain(id: string, cause: string, at: Date): Promise<void> {
    this.taken.delete(id);
    const letter = this.letters.get(id);
    if (letter) this.letters.set(id, { ...letter, cause, attempts: letter.attempts + 1, lastAt: at });
  }

  async remove(id: string): Promise<void> {
    this.letters.delete(id);
  }
}
