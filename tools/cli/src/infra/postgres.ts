import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CliError } from '../errors.ts';
import type { Instance } from '../instance.ts';
import { secret } from '../secrets.ts';
import type { ProcessSpec } from '../supervisor/process-spec.ts';
import { runCommand } from '../system/run-command.ts';
import { childEnv } from './java.ts';
import { findOnPath } from './toolchain.ts';
import type { Toolchain } from './toolchain.ts';

export const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_buffers: '32MB',
  max_connections: '200',
  max_wal_size: '256MB',
  jit: 'off',
} as const;

interface Command {
  readonly command: string;
  readonly args: readonly string[];
}

export function superuserPassword(instance: Instance): string {
  return secret(instance.secretsDir, 'postgres-superuser');
}

/** Creates the cluster at first use; returns how to run the server. It never runs as root. */
export async function preparePostgres(instance: Instance, toolchain: Toolchain): Promise<ProcessSpec> {
  const data = join(instance.dataDir, 'postgres');
  const bin = join(toolchain.dir, 'postgres', 'bin');
  const user = unprivilegedUser();
  if (user) requireReachable(bin, user);
  if (!existsSync(join(data, 'PG_VERSION'))) await initialise(instance, data, bin, user);
  const port = instance.ports.of.postgres;
  const settings = Object.entries({ ...SETTINGS, port: String(port) }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  return {
    name: 'postgres',
    kind: 'infra',
    ...as(user, { command: join(bin, 'postgres'), args: ['-D', data, ...settings] }),
    cwd: data,
    env: childEnv(),
    logFile: join(instance.logsDir, 'postgres.log'),
    port,
    probe: { protocol: 'postgres', port },
    stopSignal: 'SIGINT', // "fast shutdown": rolls back open transactions instead of waiting for clients
    stopGraceMs: 20_000,
    fingerprint: '',
  };
}

/** Beside its place, and put there as a whole: initdb writes PG_VERSION first, so half a cluster would pass for a whole one. */
async function initialise(instance: Instance, data: string, bin: string, user: User | undefined): Promise<void> {
  const partial = `${data}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true, mode: 0o700 });
  const passwordFile = join(instance.dataDir, 'initdb-password');
  writeFileSync(passwordFile, superuserPassword(instance), { mode: 0o600 });
  if (user) for (const path of [partial, passwordFile]) chownSync(path, user.uid, user.gid);
  chmodSync(partial, 0o700);
  const args = [
    '-D',
    partial,
    '-U',
    'postgres',
    '-A',
    'scram-sha-256',
    `--pwfile=${passwordFile}`,
    '-E',
    'UTF8',
    '--locale=C.UTF-8',
    '--no-instructions',
  ];
  try {
    await runCommand({
      what: 'creating the PostgreSQL cluster',
      ...as(user, { command: join(bin, 'initdb'), args }),
      cwd: partial,
      env: { LC_ALL: 'C.UTF-8' },
      logFile: join(instance.logsDir, 'initdb.log'),
    });
  } finally {
    rmSync(passwordFile, { force: true });
  }
  rmSync(data, { recursive: true, force: true }); // without PG_VERSION it is no cluster, and would be in the way
  renameSync(partial, data);
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

/** User nobody when we are root (PostgreSQL refuses root), else nobody special: ourselves. */
function unprivilegedUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }).trim());
  return { uid: id('-u'), gid: id('-g') };
}

function as(user: User | undefined, { command, args }: Command): Command {
  if (!user) return { command, args };
  const drop = [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--no-new-privs', '--inh-caps=-all'];
  return { command: findOnPath('setpriv'), args: [...drop, command, ...args] };
}

function requireReachable(bin: string, user: User): void {
  const { command, args } = as(user, { command: 'test', args: ['-x', join(bin, 'postgres')] });
  try {
    execFileSync(command, args, { stdio: 'ignore' });
  } catch {
    const why = `PostgreSQL must not run as root, and user nobody cannot reach ${bin}`;
    throw new CliError(
      'PostgreSQL cannot be started',
      why,
      'set SOUK_HOME to a folder whose parents everybody may enter, e.g. /var/tmp/souk',
    );
  }
}
