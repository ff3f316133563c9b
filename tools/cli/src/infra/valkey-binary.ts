import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CliError } from '../errors.ts';
import { withLock } from '../system/lock.ts';
import { lookUp } from './toolchain.ts';

const run = promisify(execFile);

/** Valkey is a fork of Redis; what the shop asks of it is in both, from Redis 7 on. */
const SERVERS = ['valkey-server', 'redis-server'] as const;
const NOT_LONGER_THAN_MS = 30_000;

export interface ValkeyBinary {
  readonly path: string;
  /** Folders for the dynamic linker, where the machine's own do not have it all. */
  readonly libraries: readonly string[];
}

/** A server on PATH. */
export function valkeyOnMachine(): ValkeyBinary | undefined {
  const path = SERVERS.map((name) => lookUp(name)).find((found) => found !== undefined);
  return path === undefined ? undefined : { path, libraries: [] };
}

/** One that an earlier start has fetched. */
export function fetchedValkey(home: string): ValkeyBinary | undefined {
  const dir = folderOf(home);
  const path = SERVERS.map((name) => join(dir, 'usr/bin', name)).find((file) => existsSync(file));
  return path === undefined ? undefined : { path, libraries: librariesIn(dir) };
}

export const canFetchValkey = (): boolean => lookUp('apt-get') !== undefined && lookUp('dpkg') !== undefined;

/**
 * The distribution's own package, checked by apt as ever, unpacked into the toolchain folder: that needs no root and leaves the
 * machine as it is. @throws CliError where that cannot be done
 */
export async function fetchValkey(home: string, onFetch: () => void): Promise<ValkeyBinary> {
  const known = fetchedValkey(home);
  if (known) return known;
  if (!canFetchValkey()) throw none('neither valkey-server nor redis-server is on PATH');
  mkdirSync(join(home, 'toolchain'), { recursive: true, mode: 0o755 });
  return withLock(join(home, 'valkey.lock'), async () => {
    const meanwhile = fetchedValkey(home);
    if (meanwhile) return meanwhile;
    onFetch();
    const partial = `${folderOf(home)}.partial`;
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial, { mode: 0o755 });
    await unpackInto(partial).catch((cause: unknown) => {
      throw none(`apt-get download did not work: ${firstLine(cause)}`);
    });
    rmSync(folderOf(home), { recursive: true, force: true });
    renameSync(partial, folderOf(home));
    const fetched = fetchedValkey(home);
    if (fetched) return fetched;
    throw none('the package holds no server');
  });
}

async function unpackInto(dir: string): Promise<void> {
  const options = { cwd: dir, timeout: NOT_LONGER_THAN_MS, env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' } };
  const packages = await packagesOf('valkey-server', options).catch(() => packagesOf('redis-server', options));
  await run('apt-get', ['download', '-q', ...packages], options);
  for (const file of readdirSync(dir).filter((name) => name.endsWith('.deb'))) {
    await run('dpkg', ['-x', file, '.'], options);
    rmSync(join(dir, file));
  }
}

/** The package and what it needs that this machine lacks, as apt would install them. */
async function packagesOf(name: string, options: { timeout: number }): Promise<string[]> {
  const args = ['install', '--print-uris', '-qq', '--no-install-recommends', '-o', 'Debug::NoLocking=true', name];
  const { stdout } = await run('apt-get', args, options);
  const packages = packagesIn(stdout);
  if (packages.length === 0) throw new Error(`${name} is no package here`);
  return packages;
}

/** `'http://…/x_1_amd64.deb' x_1_amd64.deb 9376 SHA256:…` → x */
export const packagesIn = (uris: string): string[] =>
  uris.split('\n').flatMap((line) => /^'[^']+' ([a-z0-9][a-z0-9.+-]*)_\S+\.deb /.exec(line)?.[1] ?? []);

const folderOf = (home: string): string => join(home, 'toolchain', 'valkey');

function librariesIn(dir: string): string[] {
  return ['usr/lib', 'lib'].flatMap((lib) =>
    existsSync(join(dir, lib))
      ? readdirSync(join(dir, lib))
          .filter((name) => name.endsWith('-linux-gnu'))
          .map((name) => join(dir, lib, name))
      : [],
  );
}

const none = (why: string): CliError =>
  new CliError('there is no Valkey here', why, 'install valkey or redis-server 7, or set VALKEY_URL');

const firstLine = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).trim().split('\n').at(-1) ?? '';
