import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPO_ROOT } from '../../../../cli/src/home.ts';
import { createInstance, openInstance, type Instance } from '../../../../cli/src/instance.ts';
import type { ServiceName } from '../../../../cli/src/ports.ts';
import { contextOf } from '../../../../cli/src/shop/context.ts';
import { waitFor } from '../../../../cli/src/shop/wait-for.ts';
import { ask, command } from '../../../../cli/src/supervisor/launch.ts';
import type { ProcessSpec } from '../../../../cli/src/supervisor/process-spec.ts';
import { waitReady } from '../../../../cli/src/supervisor/wait.ts';
import { randomOf } from '../../history/random.ts';
import { FileJournal } from '../../run/file-journal.ts';
import { specsNow } from '../../target/before.ts';
import { HostTarget } from '../../target/host.ts';
import type { RunSetting } from '../../target/target.ts';
import type { Injecting } from '../fault.ts';
import { faultOf } from '../fault-of.mother.ts';
import { undoOf } from '../undos.ts';
import { mustRun } from '../ways-back.ts';

const READY_MS = 20_000;
const PORT_BASE = 10_300;
/** They have a management port, and no consumers to be waited for. */
const NAMES = ['payment', 'identity'] as const satisfies ServiceName[];

/** Two toy services under the real supervisor, with the real journal: everything that a fault works with, and nothing that is slow. */
export class SmallShop {
  readonly target: HostTarget;
  readonly journal: FileJournal;
  readonly notes: string[] = [];
  readonly counted = new Map<string, number>();
  readonly #home: string;
  #until = new AbortController();
  #work: Promise<unknown>[] = [];

  private constructor(home: string, instance: Instance) {
    this.#home = home;
    this.target = new HostTarget(instance, contextOf(instance, {}), specsNow(instance));
    this.journal = new FileJournal(join(instance.dir, 'chaos', 'journal.jsonl'), (wayBack) =>
      undoOf(wayBack.undo).run(this.target, wayBack.with),
    );
  }

  static async open(): Promise<SmallShop> {
    const home = mkdtempSync(join(tmpdir(), 'souk-small-'));
    process.env['SOUK_HOME'] = home;
    const instance = openInstance('small', PORT_BASE);
    createInstance(instance);
    await command(instance, { op: 'start', specs: NAMES.map((name) => specOf(instance, name)) });
    await waitReady(instance, NAMES, READY_MS);
    return new SmallShop(home, instance);
  }

  /** Prepares the fault, as the runner does, and injects it. */
  async inject(kind: string, parameters: unknown): Promise<void> {
    const fault = faultOf(kind).read(parameters);
    const settings = new Map<string, RunSetting>();
    const injecting: Injecting = {
      target: this.target,
      journal: this.journal.part('fault'),
      random: randomOf(1),
      runWith: (name, setting) => void settings.set(name, setting),
      until: this.#until.signal,
      background: (work) => void this.#work.push(work),
      count: (series, by = 1) => void this.counted.set(series, (this.counted.get(series) ?? 0) + by),
      note: (text) => void this.notes.push(text),
      folder: this.#home,
    };
    await fault.prepare(injecting);
    for (const [name, setting] of settings) {
      await this.journal.part('prepare').before({ undo: 'plain-process', with: { process: name }, says: name });
      await this.target.restart(name, setting);
    }
    await fault.inject(injecting);
  }

  /** As the runner ends a fault. Its settings stay until `close`. */
  async heal(): Promise<void> {
    this.#until.abort();
    await Promise.all(this.#work.splice(0));
    this.#until = new AbortController();
    await this.journal.undo((part) => part === 'fault');
  }

  async pidOf(name: string): Promise<number | null> {
    return (await this.target.process(name)).pid;
  }

  /** @throws Error where it does not run */
  async pid(name: string): Promise<number> {
    return (await mustRun(this.target, name)).pid;
  }

  /** Until it is ready, and not this process any more. */
  another(name: string, than: number): Promise<number> {
    return waitFor(`${name} is another process`, READY_MS, async () => {
      const now = await this.target.process(name);
      return now.pid !== null && now.pid !== than && now.ready && now.pid;
    });
  }

  async answers(name: ServiceName): Promise<boolean> {
    return (await this.ask(name, '/who')).status === 200;
  }

  /** Every way back of the fault, once more than the runner will. */
  async undoAgain(): Promise<void> {
    for (const entry of this.journal.entries.filter(({ part }) => part === 'fault'))
      await undoOf(entry.undo).run(this.target, entry.with);
  }

  /** Of the service's own port; `status` 0 where there is no answer. */
  async ask(
    name: ServiceName,
    path: string,
    timeoutMs = 2_000,
  ): Promise<{ status: number; body: Record<string, unknown> }> {
    try {
      const url = `http://127.0.0.1:${this.target.instance.ports.of[name]}${path}`;
      // Each time a connection of its own: one that stands does not feel every fault.
      const answer = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), headers: { connection: 'close' } });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    } catch {
      return { status: 0, body: {} };
    }
  }

  async close(): Promise<void> {
    await this.heal();
    await this.journal.undo();
    await ask(this.target.instance, { op: 'shutdown' });
    delete process.env['SOUK_HOME'];
    rmSync(this.#home, { recursive: true, force: true });
  }
}

function specOf(instance: Instance, name: ServiceName): ProcessSpec {
  const [port, management] = [instance.ports.of[name], instance.ports.management[name]];
  return {
    name,
    kind: 'service',
    command: process.execPath,
    args: [join(import.meta.dirname, 'toy-service.mjs')],
    cwd: instance.dir,
    env: {
      PATH: process.env['PATH'] ?? '',
      FAILPOINTS_MODULE: join(REPO_ROOT, 'libs', 'failpoints', 'dist', 'index.js'),
      HTTP_PORT: String(port),
      MANAGEMENT_PORT: String(management),
    },
    logFile: join(instance.logsDir, `${name}.log`),
    port,
    probe: { protocol: 'http', port: management },
    stopSignal: 'SIGTERM',
    stopGraceMs: 2_000,
    fingerprint: '',
  };
}

/** Processor time that a process has used so far. */
export function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [user, system] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13);
  // In ticks of 10 ms, on every Linux that Node supports.
  return (Number(user) + Number(system)) * 10;
}
