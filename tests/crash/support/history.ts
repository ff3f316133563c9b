import { closeSync, fsyncSync, mkdtempSync, openSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * What a client knows of one attempt to order: `ok` has an order id, `fail` is a certain refusal, `info` may or may not
 * have become an order (the connection broke, or the shop was in trouble).
 */
export interface Attempt {
  type: 'ok' | 'fail' | 'info';
  key: string;
  atMs: number;
  status?: number;
  code?: string;
  orderId?: string;
}

/** The client's own record, one JSON line an attempt, on disk before the next one is sent. */
export class History {
  readonly file = join(mkdtempSync(join(tmpdir(), 'souk-crash-')), 'history.jsonl');
  readonly attempts: Attempt[] = [];
  readonly #fd = openSync(this.file, 'a');

  record(attempt: Attempt): Attempt {
    this.attempts.push(attempt);
    writeSync(this.#fd, `${JSON.stringify(attempt)}\n`);
    fsyncSync(this.#fd);
    return attempt;
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** The order ids that the shop has ever answered for a key; more than one is a broken promise. */
  orderIds(): Map<string, Set<string>> {
    const ids = new Map<string, Set<string>>();
    for (const { key, orderId } of this.attempts) {
      if (orderId !== undefined) ids.set(key, (ids.get(key) ?? new Set()).add(orderId));
    }
    return ids;
  }

  /** Keys of which it is not known what became of them. */
  unknownKeys(): string[] {
    const known = this.orderIds();
    const keys = this.attempts.flatMap(({ type, key }) => (type === 'info' ? [key] : []));
    return [...new Set(keys)].filter((key) => !known.has(key));
  }
}
