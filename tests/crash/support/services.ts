import { createHash } from 'node:crypto';
import type { FailpointReport } from '@souk/failpoints';
import type { HostTarget } from '../../../tools/chaos/src/target/host.ts';
import type { ServiceName } from '../../../tools/cli/src/ports.ts';
import { waitFor } from '../../../tools/cli/src/shop/wait-for.ts';
import type { ProcessStatus } from '../../../tools/cli/src/supervisor/process-spec.ts';

const READY_MS = 60_000;

/** What a process says of its failpoints; undefined while it does not answer. */
export interface Points {
  readonly pid: number;
  readonly failpoints: readonly FailpointReport[];
}

/** The processes of an instance: their state, their failpoints, and waiting until they are well. */
export class Services {
  readonly #target: HostTarget;

  constructor(target: HostTarget) {
    this.#target = target;
  }

  status(name: string): Promise<ProcessStatus> {
    return this.#target.status(name);
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
  restart(name: ServiceName, failpoints = 'on'): Promise<void> {
    return this.#target.beginAnew(name, { env: { SOUK_FAILPOINTS: failpoints } });
  }

  /** Tells the code of all processes from any other: a hash. */
  build(): string {
    const prints = this.#target.names().map((name) => `${name} ${this.#target.spec(name).fingerprint}`);
    return createHash('sha256').update(prints.join()).digest('hex').slice(0, 16);
  }

  stop(name: string): Promise<void> {
    return this.#target.stop(name);
  }

  allReady(timeoutMs = READY_MS): Promise<void> {
    return this.#target.ready(this.#target.names(), timeoutMs);
  }

  async #failpoints(name: ServiceName, init: RequestInit): Promise<Points> {
    const url = `${this.#target.managementUrl(name)}/failpoints`;
    const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(2_000) });
    if (!answer.ok) throw new Error(`${name} answered ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Points;
  }
}
