import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hashOf } from '@souk/config';
import { waitFor } from '@souk/testing';
import { gatewaySettings } from '../gateway.mother.js';
import { routeFile } from './route-file.js';
import { packagedText } from './routes.js';

/** Nobody is refused for being one of many, or for the machine being slow. */
export const patient = gatewaySettings({ limitAnonymous: 1_000_000, shedSlackMs: 5_000, shedLoopMs: 5_000 });

/** The packaged table with services before its routes, and further routes. */
export const aTable = ({ upstreams = {}, routes = [] }: { upstreams?: object; routes?: readonly object[] }): string =>
  `upstreams: ${JSON.stringify(upstreams)}\n${packagedText}\n${routes.map((one) => `  - ${JSON.stringify(one)}\n`).join('')}`;

/** A route table in a file that the gateway follows. */
export class TestRoutes {
  readonly #dir = mkdtempSync(join(tmpdir(), 'routes-'));
  readonly #file = join(this.#dir, 'routes.yaml');
  readonly watched = routeFile(this.#file);

  /** Returns when it is in force. */
  async put(text: string): Promise<void> {
    this.write(text);
    const isInForce = () => this.watched.status().hash === hashOf(text);
    await waitFor(isInForce, { what: 'the route table; ' + this.watched.status().lastError });
  }

  write(text: string): void {
    writeFileSync(this.#file, text);
  }

  remove(): void {
    rmSync(this.#dir, { recursive: true });
  }
}

export interface Shot {
  /** Of the answer; 0: none came. */
  readonly status: number;
  readonly target: string;
  readonly error?: string;
  readonly connection?: string | undefined;
  /** `RateLimit-Policy`: by which limit it was judged. */
  readonly policy?: string | undefined;
  readonly text: string;
}

export interface Aim {
  readonly target: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  /** Over a connection of its own. */
  readonly isAlone?: boolean;
  /** A second time, over a connection of its own, when none answers. */
  readonly isRetried?: boolean;
}

/** Requests at a steady rate, over connections that are kept, without a second try where none is asked for. */
export class SteadyLoad {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #shots: Promise<Shot>[] = [];
  readonly #stopped = new AbortController();
  readonly #running: Promise<void>;

  constructor(port: number, perSecond: number, aim: (shot: number) => Aim) {
    this.#running = this.#run(port, perSecond, aim);
  }

  get sent(): number {
    return this.#shots.length;
  }

  /** Until so many more have been sent. */
  async more(count: number): Promise<void> {
    const due = this.sent + count;
    await waitFor(() => this.sent >= due, { what: `${count} more requests` });
  }

  /** Until all that were sent so far have their answer; it goes on meanwhile. */
  async settled(): Promise<void> {
    await Promise.all(this.#shots);
  }

  /** Every shot, when the last one has its answer. */
  async stop(): Promise<Shot[]> {
    this.#stopped.abort();
    await this.#running;
    const shots = await Promise.all(this.#shots);
    this.#agent.destroy();
    return shots;
  }

  async #run(port: number, perSecond: number, aim: (shot: number) => Aim): Promise<void> {
    const begun = performance.now();
    while (!this.#stopped.signal.aborted) {
      // By the clock, not by the sleeps: what was overslept is made up for.
      const due = Math.floor(((performance.now() - begun) / 1_000) * perSecond) + 1;
      while (this.#shots.length < due) this.#shots.push(this.#shoot(port, aim(this.#shots.length)));
      await sleep(1_000 / perSecond);
    }
  }

  async #shoot(port: number, aim: Aim): Promise<Shot> {
    const shot = await this.#once(port, aim);
    return shot.status === 0 && aim.isRetried ? this.#once(port, { ...aim, isAlone: true }) : shot;
  }

  #once(port: number, { target, body, isAlone, isRetried: _isRetried, ...options }: Aim): Promise<Shot> {
    return new Promise((resolve) => {
      const failed = (error: Error): void => resolve({ status: 0, target, error: error.message, text: '' });
      request({ port, host: '127.0.0.1', path: target, ...options, agent: isAlone ? false : this.#agent }, (answer) => {
        let text = '';
        answer.on('data', (chunk) => (text += chunk)).on('error', failed);
        const { statusCode: status = 0, headers: got } = answer;
        const policy = got['ratelimit-policy'] as string | undefined;
        answer.on('end', () => resolve({ status, target, text, connection: got.connection, policy }));
      })
        .on('error', failed)
        .end(body);
    });
  }
}
