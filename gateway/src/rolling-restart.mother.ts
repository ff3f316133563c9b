import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { freePort, waitFor } from '@souk/testing';

const DIST = join(import.meta.dirname, '../dist');

export interface ProcessPlace {
  readonly port: number;
  readonly management: number;
  /** What is started of the gateway's image; default main.js. */
  readonly main?: string;
}

/** A gateway, or a part of it, in a process of its own. */
export class GatewayProcess {
  readonly port: number;
  readonly #main: string;
  readonly #env: Record<string, string>;
  readonly #management: number;
  #output = '';
  #child: ChildProcess | undefined;

  constructor(env: Record<string, string>, { port, management, main = 'main.js' }: ProcessPlace) {
    this.#main = join(DIST, main);
    this.#env = { ...env, HTTP_PORT: String(port), MANAGEMENT_PORT: String(management), LOG_LEVEL: 'warn' };
    this.#management = management;
    this.port = port;
  }

  /** What it had to complain about since its start. */
  get output(): string {
    return this.#output;
  }

  /** Returns when it is ready. */
  async start(): Promise<void> {
    this.#output = '';
    this.#child = spawn(process.execPath, [this.#main], { env: this.#env });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (chunk) => (this.#output += chunk));
    const isReady = async () => (await fetch(`http://127.0.0.1:${this.#management}/readyz`)).ok;
    await waitFor(isReady, { timeoutMs: 20_000, what: 'the gateway' }).catch((error: unknown) => {
      throw new Error(`not ready: ${this.#output}`, { cause: error });
    });
  }

  /** As Kubernetes stops it; the exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const ended = once(child, 'exit');
    child.kill(signal);
    return ((await ended) as [number | null])[0];
  }
}

/** Passes connections on to its backends in turn, the next one where one refuses; it knows nothing of HTTP and tries nothing again. */
export class Balancer {
  readonly #backends: readonly number[];
  readonly #server: Server;
  #turn = 0;
  /** Connections that the first backend refused. */
  refused = 0;

  constructor(backends: readonly number[]) {
    this.#backends = backends;
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#connect(client, 0, this.#turn++));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #connect(client: Socket, tried: number, turn: number): void {
    const backend = connect({
      port: this.#backends[(turn + tried) % this.#backends.length] ?? 0,
      host: '127.0.0.1',
      allowHalfOpen: true,
    });
    const onRefused = (): void => {
      this.refused += 1;
      if (tried + 1 < this.#backends.length) this.#connect(client, tried + 1, turn);
      else client.destroy();
    };
    backend.once('error', onRefused);
    backend.once('connect', () => {
      backend.off('error', onRefused);
      backend.on('error', () => client.destroy());
      client.on('error', () => backend.destroy());
      client.pipe(backend).pipe(client);
    });
  }
}

/** Two ports that nobody has at this moment. */
export async function freePorts(): Promise<{ port: number; management: number }> {
  return { port: await freePort(), management: await freePort() };
}
