import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import { soukHome } from '../home.ts';
import { openInstance } from '../instance.ts';
import type { Instance } from '../instance.ts';
import { answers } from '../supervisor/probe.ts';
import { prepareMongo } from './mongo.ts';
import { ensureToolchain } from './toolchain.ts';

const READY_WITHIN_MS = 60_000;

/** The embedded MongoDB-wire server as `up` starts it, on a folder and a port of its own. */
export class ScratchMongo {
  readonly #dir = mkdtempSync(join(tmpdir(), 'souk-mongo-'));
  #child: ChildProcess | undefined;
  #client: MongoClient | undefined;

  get client(): MongoClient {
    if (!this.#client) throw new Error('the server is not started');
    return this.#client;
  }

  /** `fileBlocks`: no file that it writes may be larger (blocks of the shell, 0.5 or 1 KiB), as on a disk that is full. */
  async start({ fileBlocks = 'unlimited' }: { fileBlocks?: number | 'unlimited' } = {}): Promise<void> {
    const port = await freePort();
    const spec = await prepareMongo(this.#instance(port), await ensureToolchain(soukHome(), () => undefined));
    // Writing a class archive takes a second of each orderly stop.
    const args = spec.args.filter((arg) => !arg.startsWith('-XX:ArchiveClassesAtExit'));
    const log = openSync(join(this.#dir, 'mongo.log'), 'a');
    const limited = ['-c', `ulimit -f ${fileBlocks} && exec "$0" "$@"`, spec.command, ...args];
    this.#child = spawn('sh', limited, { cwd: spec.cwd, env: spec.env, stdio: ['ignore', log, log] });
    const giveUpAt = performance.now() + READY_WITHIN_MS;
    while (!(await answers({ protocol: 'mongo', port }))) {
      if (performance.now() > giveUpAt) throw new Error(`the server did not start, see ${this.#dir}/mongo.log`);
      await sleep(20);
    }
    this.#client = await MongoClient.connect(`mongodb://127.0.0.1:${port}`);
  }

  /** With which code it ended by itself. */
  async ended(): Promise<number | null> {
    const child = this.#child;
    if (child && child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    return child?.exitCode ?? null;
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    await this.#client?.close();
    const child = this.#child;
    if (child && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill(signal);
      await ended;
    }
    this.#client = undefined;
    this.#child = undefined;
  }

  async destroy(): Promise<void> {
    await this.stop('SIGKILL');
    rmSync(this.#dir, { recursive: true, force: true });
  }

  #instance(port: number): Instance {
    const instance = openInstance('scratch');
    mkdirSync(join(this.#dir, 'logs'), { recursive: true });
    return {
      ...instance,
      dataDir: this.#dir,
      logsDir: join(this.#dir, 'logs'),
      ports: { ...instance.ports, of: { ...instance.ports.of, mongo: port } },
    };
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
