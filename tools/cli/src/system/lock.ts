import { linkSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CliError } from '../errors.ts';
import { isNodeError, readIfThere } from './files.ts';
import { identify, isAlive } from './process-identity.ts';

const WAITS_AT_MOST_MS = 10 * 60_000;

/** Runs the work while holding a lock file that names its holder; a lock whose holder is dead is taken over. */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  onWait: (holder: string) => void = () => undefined,
): Promise<T> {
  const deadline = Date.now() + WAITS_AT_MOST_MS;
  let told = false;
  while (!acquire(path)) {
    const holder = readIfThere(path) ?? '';
    if (!told) onWait(holder.split(' ')[0] ?? '?');
    told = true;
    if (Date.now() > deadline)
      throw new CliError(
        'another ./souk command does not finish',
        `it holds ${path} (pid ${holder})`,
        'wait for it or end it',
      );
    await sleep(100);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function acquire(path: string): boolean {
  const me = identify(process.pid);
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${process.pid} ${me?.startTime ?? 0}`);
  try {
    linkSync(draft, path); // unlike create-then-write, the lock never exists without its holder's name
    return true;
  } catch (error) {
    if (!isNodeError(error) || error.code !== 'EEXIST') throw error;
    const [pid, startTime] = (readIfThere(path) ?? '').split(' ').map(Number);
    if (pid && startTime !== undefined && !isAlive({ pid, startTime })) rmSync(path, { force: true });
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}
