import { rmSync } from 'node:fs';
import type { Logger } from '@souk/observability';
import { SpanStore, type StoreBounds } from './span-store.js';

/** Opens the file, or starts with an empty one where it cannot be used: traces are worth less than a start. */
export function openStore(file: string | undefined, bounds: StoreBounds, logger: Logger): SpanStore {
  if (file === undefined) return new SpanStore(':memory:', bounds);
  try {
    return new SpanStore(file, bounds);
  } catch (error) {
    logger.warn({ err: error, file }, 'the file of spans cannot be used, starting with an empty one');
    for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
    return new SpanStore(file, bounds);
  }
}
