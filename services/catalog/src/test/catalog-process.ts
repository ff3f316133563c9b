import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, waitFor } from '@souk/testing';

const MAIN = join(import.meta.dirname, '../../dist/main.js');

/** A busy machine takes many times as long as another. */
export const STARTS_WITHIN_MS = 60_000;

export interface CatalogProcessOptions {
  readonly mongoUrl: string;
  readonly jwksUrl: string;
  readonly valkeyUrl?: string | undefined;
  /** Live settings. */
  readonly settings?: object;
  readonly variants?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The built service as a process of its own. Its broker is away all the time: events wait inside their products. */
export class CatalogProcess {
  readonly #folder = mkdtempSync(join(tmpdir(), 'catalog-'));
  #child: ChildProcess | undefined;
  #output = '';
  #port = 0;
  #management = 0;

  async start({
    mongoUrl,
    jwksUrl,
    valkeyUrl,
    settings = {},
    variants = '',
    env = {},
  }: CatalogProcessOptions): Promise<void> {
    [this.#port, this.#management] = [await freePort(), await freePort()];
    const settingsFile = join(this.#folder, 'settings.yaml');
    writeFileSync(settingsFile, JSON.stringify(settings));
    this.#child = spawn(process.execPath, [MAIN], {
      env: {
        HTTP_PORT: String(this.#port),
        MANAGEMENT_PORT: String(this.#management),
        LOG_LEVEL: 'warn',
        LIVE_SETTINGS_FILE: settingsFile,
        SOUK_VARIANTS: variants,
        KAFKA_BROKERS: '127.0.0.1:1',
        MONGO_URL: mongoUrl,
        INTERNAL_JWKS_URL: jwksUrl,
        ...(valkeyUrl !== undefined && { VALKEY_URL: valkeyUrl }),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.#output = `${this.#output}${chunk.toString()}`.slice(-4_000)));
    const ready = async () => (await fetch(`http://127.0.0.1:${this.#management}/readyz`)).ok;
    await waitFor(ready, { timeoutMs: STARTS_WITHIN_MS, what: 'catalog to be ready' }).catch((error: unknown) => {
      throw new Error(`catalog did not start: ${this.#output}`, { cause: error });
    });
  }

  async call(token: string, method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
    const response = await fetch(`http://127.0.0.1:${this.#port}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  }

  /** The sum of the values of all lines of /metrics that begin so. */
  async metric(beginning: string): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.#management}/metrics`)).text();
    const lines = text.split('\n').filter((line) => line.startsWith(beginning));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  }

  async remove(): Promise<void> {
    const child = this.#child;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
