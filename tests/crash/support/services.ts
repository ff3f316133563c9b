import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FailpointReport } from '@souk/failpoints';
import type { Instance } from '../../../tools/cli/src/instance.ts';
import { managementPortOf, type ServiceName } from '../../../tools/cli/src/ports.ts';
import { serviceSpecs } from '../../../tools/cli/src/shop-processes.ts';
import { waitFor } from '../../../tools/cli/src/shop/wait-for.ts';
import type { ProcessSpec, ProcessStatus } from '../../../tools/cli/src/supervisor/process-spec.ts';
import { command } from '../../../tools/cli/src/supervisor/launch.ts';
import { infraUrlsOf, readUrls } from '../../../tools/cli/src/urls.ts';

const READY_MS = 60_000;

/** What a process says of its failpoints; undefined while it does not answer. */
export interface Points {
  readonly pid: number;
  readonly failpoints: readonly FailpointReport[];
}

/** The processes of an instance: their state, their failpoints, and waiting until they are well. */
export class Services {
  readonly #instance: Instance;

  constructor(instance: Instance) {
    this.#instance = instance;
  }

  async status(name: string): Promise<ProcessStatus> {
    const found = (await this.all()).find((one) => one.name === name);
    if (found === undefined) throw new Error(`the instance has no process ${name}`);
    return found;
  }

  async all(): Promise<readonly ProcessStatus[]> {
    return (await command(this.#instance, { op: 'status' })).processes;
  }

  async points(name: ServiceName): Promise<Points | undefined> {
    return this.#failpoints(name, { method: 'GET' }).catch(() => undefined);
  }

  /** Arms points of a process as soon as it answers; '' disarms all. Resolves to its state from then on. */
  async arm(name: ServiceName, spec: string): Promise<Points> {
    return waitFor(`${name} takes '${spec}'`, READY_MS, () =>
      this.#failpoints(name, { method: 'PUT', body: JSON.stringify({ spec }) }),
    );
  }

  /** Starts a process anew, at once; `failpoints` are armed from its start. */
  async restart(name: ServiceName, failpoints = 'on'): Promise<void> {
    const specs = this.#specs()
      .filter((spec) => spec.name === name)
      .map((spec) => ({ ...spec, env: { ...spec.env, SOUK_FAILPOINTS: failpoints } }));
    await command(this.#instance, { op: 'restart', specs });
  }

  /** Tells the code of all processes from any other: a hash. */
  build(): string {
    const prints = this.#specs().map(({ name, fingerprint }) => `${name} ${fingerprint}`);
    return createHash('sha256').update(prints.join()).digest('hex').slice(0, 16);
  }

  async stop(name: string): Promise<void> {
    await command(this.#instance, { op: 'stop', names: [name] });
  }

  /** Until every process says twice in a row that it is ready. */
  async allReady(timeoutMs = READY_MS): Promise<void> {
    let inARow = 0;
    await waitFor('every process is ready', timeoutMs, async () => {
      const states = await Promise.all((await this.all()).map((one) => this.#isReady(one)));
      inARow = states.every(Boolean) ? inARow + 1 : 0;
      await sleep(200);
      return inARow >= 2;
    });
  }

  #specs(): ProcessSpec[] {
    return serviceSpecs(this.#instance, infraUrlsOf(readUrls(this.#instance) ?? {}));
  }

  async #isReady({ name, pid, health }: ProcessStatus): Promise<boolean> {
    const port = managementPortOf(this.#instance.ports, name);
    if (port === null) return pid !== null && health === 'ready';
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2_000) }).catch(
      () => undefined,
    );
    return answer?.status === 200;
  }

  async #failpoints(name: ServiceName, init: RequestInit): Promise<Points> {
    const url = `http://127.0.0.1:${this.#instance.ports.management[name]}/failpoints`;
    const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(2_000) });
    if (!answer.ok) throw new Error(`${name} answered ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Points;
  }
}
