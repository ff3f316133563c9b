import { copyFileSync, openSync, renameSync, rmSync, statSync, truncateSync } from 'node:fs';

export const LOG_ROTATES_AT_BYTES = 20 * 1024 * 1024;

/** For a process that is about to start: nobody writes to what lies there. */
export function openLog(path: string): number {
  if (isFull(path)) renameSync(path, `${path}.1`);
  return openSync(path, 'a', 0o640);
}

/**
 * While a process writes to it: copied and emptied, since the process keeps the file that it has; opened for appending, it goes
 * on at the new end. A line that is written between the two steps is lost.
 */
export function rotateOpenLog(path: string): void {
  if (!isFull(path)) return;
  try {
    copyFileSync(path, `${path}.1`);
  } catch {
    // On a disk that is full the room is worth more than what was said: others need it to go on.
    rmSync(`${path}.1`, { force: true });
  }
  truncateSync(path);
}

function isFull(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > LOG_ROTATES_AT_BYTES;
}
