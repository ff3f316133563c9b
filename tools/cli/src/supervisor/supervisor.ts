import { bootId, isAlive } from '../system/process-identity.ts';
import { ManagedProcess } from './managed-process.ts';
import type { ProcessHooks } from './managed-process.ts';
import { sameSpec } from './process-spec.ts';
import type { ProcessSpec, ProcessStatus } from './process-spec.ts';
import { readState, writeState } from './state.ts';

/** All processes of one instance. Every change of who runs is on disk before anything else happens. */
export class Supervisor {
  readonly #processes = new Map<string, ManagedProcess>();
  readonly #instanceDir: string;
  readonly #report: ProcessHooks['died'];

  constructor(instanceDir: string, report: ProcessHooks['died']) {
    this.#instanceDir = instanceDir;
    this.#report = report;
  }

  /** Takes over what an earlier supervisor of this instance left; what was stopped stays forgotten. */
  resume(): void {
    const records = readState(this.#instanceDir, bootId()).processes;
    for (const record of records.filter((one) => one.wanted || (one.identity && isAlive(one.identity)))) {
      this.#managed(record.spec).resume(record);
    }
    this.#save();
  }

  status(): ProcessStatus[] {
    return [...this.#processes.values()].map((managed) => managed.status());
  }

  /** Starts what is missing and restarts what runs by another specification; returns the names it touched. */
  async start(specs: readonly ProcessSpec[]): Promise<string[]> {
    const touched = await Promise.all(specs.map((spec) => this.#ensure(spec)));
    return touched.flat();
  }

  async restart(specs: readonly ProcessSpec[]): Promise<string[]> {
    return Promise.all(
      specs.map(async (spec) => {
        const managed = this.#managed(spec);
        await managed.stop();
        managed.start(spec);
        return spec.name;
      }),
    );
  }

  async stop(names: readonly string[]): Promise<string[]> {
    const chosen = names.flatMap((name) => this.#processes.get(name) ?? []);
    await Promise.all(chosen.map((managed) => managed.stop()));
    return chosen.map((managed) => managed.spec.name);
  }

  /** Services first, so that they can still write; then those who take in their last spans; then what they stand on. */
  async shutdown(): Promise<string[]> {
    const names = (kind: ProcessSpec['kind']) =>
      this.status()
        .filter((one) => one.kind === kind && one.health !== 'stopped')
        .map((one) => one.name);
    const stopped = await this.stop(names('service'));
    // Last started, first stopped: a collector hands its queue on to the trace store.
    for (const name of names('telemetry').reverse()) stopped.push(...(await this.stop([name])));
    return [...stopped, ...(await this.stop(names('infra')))];
  }

  async #ensure(spec: ProcessSpec): Promise<string[]> {
    const managed = this.#managed(spec);
    if (managed.wanted && !managed.hasRefused && sameSpec(managed.spec, spec)) return [];
    if (managed.wanted) await managed.stop();
    managed.start(spec);
    return [spec.name];
  }

  #managed(spec: ProcessSpec): ManagedProcess {
    const known = this.#processes.get(spec.name);
    if (known) return known;
    const created = new ManagedProcess(spec, { changed: () => this.#save(), died: this.#report });
    this.#processes.set(spec.name, created);
    return created;
  }

  #save(): void {
    const processes = [...this.#processes.values()].map((managed) => managed.record());
    writeState(this.#instanceDir, { bootId: bootId(), processes });
  }
}
