import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, waitFor } from '@souk/testing';
import { httpCall } from './http-call.js';

const MAIN = join(import.meta.dirname, '../../dist/main.js');

/** The built ambassador as a process of its own, with a configuration file in a folder of its own. */
export class AmbassadorProcess {
  readonly folder = mkdtempSync(join(tmpdir(), 'ambassador-'));
  readonly configFile = join(this.folder, 'ambassador.yaml');
  output = '';
  port = 0;
  management = 0;
  #child: ChildProcess | undefined;
  #ended: Promise<unknown[]> = Promise.resolve([]);

  /** Writes a configuration with one upstream on `port`; `settings` are lines of YAML or anything JSON. */
  configure(url: string, settings: object = {}): void {
    const listen = `127.0.0.1:${this.port}`;
    writeFileSync(this.configFile, JSON.stringify({ upstreams: { payment: { listen, url, ...settings } } }));
  }

  async choosePorts(): Promise<void> {
    [this.port, this.management] = [await freePort(), await freePort()];
  }

  spawn(env: Record<string, string> = {}): void {
    const given = { AMBASSADOR_CONFIG: this.configFile, MANAGEMENT_PORT: String(this.management), ...env };
    this.#child = spawn(process.execPath, [MAIN], { env: given, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stdout?.on('data', (chunk) => (this.output += chunk));
    this.#child.stderr?.on('data', (chunk) => (this.output += chunk));
    this.#ended = once(this.#child, 'exit');
  }

  async start(url: string, settings: object = {}, env: Record<string, string> = {}): Promise<void> {
    await this.choosePorts();
    this.configure(url, settings);
    this.spawn(env);
    await waitFor(async () => (await httpCall(this.management, '/readyz')).status === 200, {
      what: `the ambassador to be ready; output: ${this.output}`,
    });
  }

  /** The value of one line of /metrics; 0 when it is not there yet. */
  async metric(line: string): Promise<number> {
    const { body } = await httpCall(this.management, '/metrics');
    return Number(
      body
        .split('\n')
        .find((text) => text.startsWith(`${line} `))
        ?.slice(line.length) ?? 0,
    );
  }

  terminate(): void {
    this.#child?.kill('SIGTERM');
  }

  /** The exit code, when it has ended. */
  async exitCode(): Promise<unknown> {
    return (await this.#ended)[0];
  }

  async remove(): Promise<void> {
    if (this.#child?.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL');
    await this.#ended;
    rmSync(this.folder, { recursive: true });
  }
}
