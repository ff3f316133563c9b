import { renameSync, rmSync } from 'node:fs';
import type { Logger } from '@souk/observability';
import { SpanStore, SQLITE_CORRUPT, type StoreBounds } from './span-store.js';

/** SQLITE_CORRUPT and SQLITE_NOTADB (https://sqlite.org/rescode.html), of which there are special kinds in the higher bytes. */
const BROKEN = new Set([SQLITE_CORRUPT, 26]);
const isBroken = (error: unknown): boolean => BROKEN.has(Number((error as { errcode?: unknown }).errcode) & 0xff);

/**
 * Opens the file. One that is broken is put aside and begun anew; where it cannot be used for another reason (a full disk, no
 * right to it) it stays as it is, and spans are kept in memory: traces are worth less than a start.
 */
export function openStore(file: string | undefined, bounds: StoreBounds, logger: Logger): SpanStore {
  if (file === undefined) return new SpanStore(':memory:', bounds);
  try {
    return new SpanStore(file, bounds);
  } catch (error) {
    if (!isBroken(error)) {
      logger.warn({ err: error, file }, 'the file of spans cannot be used, they are kept in memory');
      return new SpanStore(':memory:', bounds);
    }
    logger.warn(
      { err: error, file },
      `the file of spans is broken, starting with an empty one, it is ${file}.broken now`,
    );
    renameSync(file, `${file}.broken`);
    for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true });
    return new SpanStore(file, bounds);
  }
}
