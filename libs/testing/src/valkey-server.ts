import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { environment } from './config.js';
import { freePort } from './free-port.js';
import { waitFor } from './wait-for.js';

const REPO = resolve(import.meta.dirname, '../../..');
const NAMES = ['valkey-server', 'redis-server'];

export interface ValkeyServer {
  /** With no password, on a port that stays the same. */
  readonly url: string;
  /** Answers nothing, and keeps its connections. */
  freeze(): void;
  thaw(): void;
  /** SIGKILL: what it knew is gone. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** A server of the test alone, from PATH or from what `./souk up` has fetched. @throws Error when there is neither */
export async function startValkeyServer(): Promise<ValkeyServer> {
  const { path, libraries } = binary();
  const dir = mkdtempSync(join(tmpdir(), 'valkey-'));
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', dir];
  let child: ChildProcess | undefined;
  const kill = async (): Promise<void> => {
    const running = child;
    child = undefined;
    if (running === undefined) return;
    const gone = once(running, 'exit');
    running.kill('SIGKILL');
    await gone;
  };
  const start = async (): Promise<void> => {
    child = spawn(path, args, { stdio: 'ignore', env: { LD_LIBRARY_PATH: libraries.join(delimiter) } });
    await waitFor(() => answers(port), { what: `${path} on port ${port}` });
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    kill,
    start,
    stop: async () => {
      await kill();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function binary(): { path: string; libraries: string[] } {
  const folders = (environment['PATH'] ?? '').split(delimiter);
  const onPath = NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((file) => existsSync(file));
  if (onPath !== undefined) return { path: onPath, libraries: [] };
  // The same places in which the CLI keeps what it fetches (tools/cli/src/home.ts, infra/valkey-binary.ts).
  const hash = createHash('sha256').update(REPO).digest('hex').slice(0, 8);
  const homes = [environment['SOUK_HOME'], join(REPO, '.souk'), `/var/tmp/souk-${hash}`];
  for (const folder of homes.flatMap((home) => (home ? [join(home, 'toolchain/valkey')] : []))) {
    const path = NAMES.map((name) => join(folder, 'usr/bin', name)).find((file) => existsSync(file));
    if (path !== undefined) return { path, libraries: librariesIn(folder) };
  }
  throw new Error('No valkey-server or redis-server: run ./souk up once, which fetches one, or install one.');
}

const librariesIn = (folder: string): string[] =>
  ['usr/lib', 'lib']
    .map((lib) => join(folder, lib))
    .filter((lib) => existsSync(lib))
    .flatMap((lib) => readdirSync(lib).map((name) => join(lib, name)))
    .filter((lib) => lib.endsWith('-linux-gnu'));

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.once('data', () => resolve(true)).once('error', () => resolve(false));
    socket.once('data', () => socket.destroy());
  });
}
