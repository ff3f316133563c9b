import { bootId, isAlive } from '../system/process-identity.ts';
import { ManagedProcess } from './managed-process.ts';
import type { ProcessHooks } from './managed-process.ts';
import type { ProcessSpec, ProcessStatus } from './process-spec.ts';
import { readState, writeState } from './state.ts';

/** All processes of one instance. Every change of who runs is on disk before anything else happens, while there is room. */
export class Supervisor {
  readonly #processes = new Map<string, ManagedProcess>();
  readonly #instanceDir: string;
  readonly #report: ProcessHooks['died'];
  readonly #reportUnsaved: (why: string) => void;
  #isSaved = true;

  /** @param reportUnsaved told once of a state that cannot be saved, until one was saved again */
  constructor(
    instanceDir: string,
    report: ProcessHooks['died'],
    reportUnsaved: (why: string) => void = () => undefined,
  ) {
    this.#instanceDir = instanceDir;
    this.#report = report;
    this.#reportUnsaved = reportUnsaved;
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
    const touched = await Promise.all(
      specs.map(async (spec) => ((await this.#managed(spec).start(spec)) ? [spec.name] : [])),
    );
    return touched.flat();
  }

  async restart(specs: readonly ProcessSpec[]): Promise<string[]> {
    await Promise.all(specs.map((spec) => this.#managed(spec).restart(spec)));
    return specs.map(({ name }) => name);
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

  #managed(spec: ProcessSpec): ManagedProcess {
    const known = this.#processes.get(spec.name);
    if (known) return known;
    const created = new ManagedProcess(spec, { changed: () => this.#save(), died: this.#report });
    this.#processes.set(spec.name, created);
    return created;
  }

  /** A full disk must not end the one who keeps everything running: what is not saved now is saved with the next change. */
  #save(): void {
    const processes = [...this.#processes.values()].map((managed) => managed.record());
    try {
      writeState(this.#instanceDir, { bootId: bootId(), processes });
      this.#isSaved = true;
    } catch (error) {
      if (this.#isSaved) this.#reportUnsaved(String(error));
      this.#isSaved = false;
    }
  }
}
