import { linkSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
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
  try {
    writeFileSync(draft, `${process.pid} ${me?.startTime ?? 0}`);
    linkSync(draft, path); // unlike create-then-write, the lock never exists without its holder's name
    return true;
  } catch (error) {
    if (!isNodeError(error) || error.code !== 'EEXIST') throw explained(error, path);
    takeAwayIfDead(path, draft);
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** The folder is its caller's to make, with all that belongs there: a waiter does not bring half of it back. */
function explained(error: unknown, path: string): unknown {
  const code = isNodeError(error) ? error.code : undefined;
  const what = `the lock ${path} cannot be taken`;
  if (code === 'ENOSPC')
    return new CliError(what, 'the disk is full', 'free some space there, then run this again', { cause: error });
  if (code === 'ENOENT') {
    const why = `${dirname(path)} is gone: another command has deleted it meanwhile, as ./souk down --purge does`;
    return new CliError(what, why, 'run this again', { cause: error });
  }
  return error;
}

const isDead = (holder: string | undefined): boolean => {
  const [pid, startTime] = (holder ?? '').split(' ').map(Number);
  return Boolean(pid) && startTime !== undefined && !isAlive({ pid: pid ?? 0, startTime });
};

/**
 * Two waiters may see the same dead holder, and the slower one must not remove what the faster one has taken meanwhile: only
 * who holds the right to take over removes, and looks again first.
 */
function takeAwayIfDead(path: string, draft: string): void {
  if (!isDead(readIfThere(path))) return;
  const right = `${path}.takeover`;
  try {
    linkSync(draft, right);
  } catch (error) {
    if (!isNodeError(error) || error.code !== 'EEXIST') throw explained(error, path);
    if (isDead(readIfThere(right))) rmSync(right, { force: true });
    return;
  }
  try {
    if (isDead(readIfThere(path))) rmSync(path, { force: true });
  } finally {
    rmSync(right, { force: true });
  }
}
