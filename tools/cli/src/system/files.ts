import { chmodSync, closeSync, openSync, readFileSync, readSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { isNativeError } from 'node:util/types';

/** Replaces a file in one step, so that a reader or a crash never sees half of it. */
export function writeFileAtomically(path: string, content: string, mode = 0o644): void {
  const draft = `${path}.${process.pid}.tmp`;
  writeFileSync(draft, content, { mode });
  chmodSync(draft, mode);
  renameSync(draft, path);
}

/** The text of a file, or undefined if there is none. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isNodeError(error) && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Last lines of a log file, read from its end. */
export function lastLines(path: string, count: number): string[] {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return [];
  const start = Math.max(0, size - Math.max(64 * 1024, count * 400));
  return readFrom(path, start, size).trimEnd().split('\n').slice(-count);
}

/** Text of a file between two byte offsets. */
export function readFrom(path: string, start: number, end: number): string {
  const buffer = Buffer.alloc(end - start);
  const file = openSync(path, 'r');
  try {
    // Less than asked for, where it was emptied meanwhile.
    return buffer.toString('utf8', 0, readSync(file, buffer, 0, buffer.length, start));
  } finally {
    closeSync(file);
  }
}

export function isNodeError(error: unknown): error is NodeJS.ErrnoException {
  // Not by instanceof: in a test the error is one of another realm.
  return isNativeError(error) && 'code' in error;
}
