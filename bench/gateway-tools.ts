import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { lookUp } from '../tools/cli/src/infra/toolchain.ts';

/** A program and what has to stand in its environment. */
export interface Tool {
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface Tools {
  /** The measure of all proxies, and an upstream that is never the bottleneck. */
  readonly nginx: Tool | undefined;
  /** Load that costs next to nothing; without it a process of ours makes it. */
  readonly wrk: Tool | undefined;
}

/** Of Debian and its like: unpacked into a folder of ours, so that nothing is installed. */
const PACKAGES = ['nginx', 'nginx-common', 'wrk', 'libluajit-5.1-2', 'libluajit-5.1-common'];

/** From PATH, or else fetched once into the toolchain's folder; what cannot be had is undefined. */
export function findTools(home: string, say: (line: string) => void): Tools {
  const found = { nginx: onPath('nginx'), wrk: onPath('wrk') };
  if (found.nginx !== undefined && found.wrk !== undefined) return found;
  const dir = join(home, 'toolchain', 'bench');
  if (!existsSync(dir) && lookUp('apt-get') !== undefined && lookUp('dpkg') !== undefined) fetchPackages(dir, say);
  return { nginx: found.nginx ?? unpacked(dir, 'usr/sbin/nginx'), wrk: found.wrk ?? unpacked(dir, 'usr/bin/wrk') };
}

function onPath(name: string): Tool | undefined {
  const command = lookUp(name);
  return command === undefined ? undefined : { command, env: {} };
}

function unpacked(dir: string, path: string): Tool | undefined {
  const command = join(dir, path);
  if (!existsSync(command)) return undefined;
  const libraries = existsSync(join(dir, 'usr/lib')) ? readdirSync(join(dir, 'usr/lib')) : [];
  const tool = { command, env: { LD_LIBRARY_PATH: libraries.map((name) => join(dir, 'usr/lib', name)).join(':') } };
  // A library may be missing here; then it is as if the program were.
  return spawnSync(command, ['-v'], { env: tool.env }).error === undefined ? tool : undefined;
}

function fetchPackages(dir: string, say: (line: string) => void): void {
  say('fetching nginx and wrk, once');
  const partial = `${dir}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  for (const name of PACKAGES) spawnSync('apt-get', ['download', name], { cwd: partial });
  for (const file of readdirSync(partial).filter((name) => name.endsWith('.deb'))) {
    spawnSync('dpkg', ['-x', file, '.'], { cwd: partial });
    rmSync(join(partial, file));
  }
  if (existsSync(join(partial, 'usr'))) renameSync(partial, dir);
}

/** One core for what is measured, another for load and upstream. */
export type Core = 'proxy' | 'rest';

/** `command` on one core, where there are two and the means to say so. */
export function pinned(core: Core, command: string, args: readonly string[]): [command: string, args: string[]] {
  const taskset = availableParallelism() > 1 ? lookUp('taskset') : undefined;
  if (taskset === undefined) return [command, [...args]];
  return [taskset, ['-c', core === 'proxy' ? '0' : '1', command, ...args]];
}
