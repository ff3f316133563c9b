import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

export const REPO_ROOT = resolve(import.meta.dirname, '../../..');

/** A unix socket path has at most 107 bytes; this is what remains for the state directory. */
const LONGEST_HOME = 107 - '/instances/'.length - 20 - '/supervisor.sock'.length;

interface HomeQuestion {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly repoRoot: string;
  readonly isRoot: boolean;
  /** True when every existing folder on the way is open to other users. */
  readonly reachable: (path: string) => boolean;
}

/**
 * Directory of everything generated: SOUK_HOME, else `<repo>/.souk`. Root needs another place when user nobody, as whom
 * PostgreSQL runs, cannot get there (a checkout under /root, say).
 */
export function stateHome({ env, repoRoot, isRoot, reachable }: HomeQuestion): string {
  if (env.SOUK_HOME) return resolve(env.SOUK_HOME);
  const inRepo = join(repoRoot, '.souk');
  if ((!isRoot || reachable(inRepo)) && inRepo.length <= LONGEST_HOME) return inRepo;
  return `/var/tmp/souk-${createHash('sha256').update(repoRoot).digest('hex').slice(0, 8)}`;
}

export function openToOthers(path: string): boolean {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode;
  const open = mode === undefined || (mode & 0o001) === 0o001;
  const parent = dirname(path);
  return open && (parent === path || openToOthers(parent));
}

/** The state directory of this checkout on this machine. */
export function soukHome(): string {
  return stateHome({
    env: process.env,
    repoRoot: REPO_ROOT,
    isRoot: process.getuid?.() === 0,
    reachable: openToOthers,
  });
}
