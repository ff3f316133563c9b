import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, renameSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isAlive, signal } from '../system/process-identity.ts';
import type { ProcessIdentity } from '../system/process-identity.ts';
import { Backoff } from './backoff.ts';
import { answers } from './probe.ts';
import type { Health, ProcessSpec, ProcessStatus } from './process-spec.ts';

const LOG_ROTATES_AT_BYTES = 20 * 1024 * 1024;
const PROBE_WHILE_STARTING_MS = 100;
const PROBE_WHEN_READY_MS = 2_000;
const ADOPTED_IS_CHECKED_EVERY_MS = 250;
/** EX_CONFIG: a process that refuses its configuration (@souk/config) would refuse it again. */
const CONFIG_EXIT_CODE = 78;

/** What outlives the supervisor. */
export interface ProcessRecord {
  readonly spec: ProcessSpec;
  readonly identity: ProcessIdentity | null;
  readonly wanted: boolean;
  readonly restarts: number;
}

/** What a process tells its supervisor. */
export interface ProcessHooks {
  /** Who runs has changed: record it. */
  changed(): void;
  /** `restartInMs` undefined: it stays away. */
  died(event: { readonly process: string; readonly how: string; readonly restartInMs?: number }): void;
}

/** One process that is kept running until it is told to stop. */
export class ManagedProcess {
  #spec: ProcessSpec;
  #identity: ProcessIdentity | null = null;
  #wanted = false;
  #hasRefused = false;
  #health: Health = 'stopped';
  #restarts = 0;
  #readySince: number | null = null;
  #lastExit: string | null = null;
  #startTimer: NodeJS.Timeout | undefined;
  #probeTimer: NodeJS.Timeout | undefined;
  #watchTimer: NodeJS.Timeout | undefined;
  readonly #backoff = new Backoff();
  readonly #hooks: ProcessHooks;

  constructor(spec: ProcessSpec, hooks: ProcessHooks) {
    this.#spec = spec;
    this.#hooks = hooks;
  }

  get spec(): ProcessSpec {
    return this.#spec;
  }

  get wanted(): boolean {
    return this.#wanted;
  }

  /** It ended because of its configuration, and waits for another one or for another word. */
  get hasRefused(): boolean {
    return this.#hasRefused;
  }

  record(): ProcessRecord {
    return { spec: this.#spec, identity: this.#identity, wanted: this.#wanted, restarts: this.#restarts };
  }

  status(): ProcessStatus {
    const { name, kind, port, logFile } = this.#spec;
    const pid = this.#identity?.pid ?? null;
    const variants = (this.#spec.env.SOUK_VARIANTS ?? '').split(',').filter(Boolean);
    const [health, restarts, lastExit] = [this.#health, this.#restarts, this.#lastExit];
    return { name, kind, pid, port, health, restarts, logFile, lastExit, variants, hasRefused: this.#hasRefused };
  }

  /** Takes over what an earlier supervisor left: the running process if it is still the same one, else a new one. */
  resume(record: ProcessRecord): void {
    this.#restarts = record.restarts;
    this.#wanted = record.wanted;
    if (record.identity && isAlive(record.identity)) this.#adopt(record.identity);
    else if (record.wanted) this.#died('while no supervisor was there');
  }

  start(spec: ProcessSpec): void {
    this.#spec = spec;
    this.#wanted = true;
    this.#run();
  }

  /** Asks, waits, and kills what does not go. Resolves when the process is gone. */
  async stop(): Promise<void> {
    this.#wanted = false;
    this.#clearTimers();
    const identity = this.#identity;
    let orderly = true;
    if (identity && signal(identity, this.#spec.stopSignal)) {
      orderly = await gone(identity, this.#spec.stopGraceMs);
      if (!orderly) {
        signal(identity, 'SIGKILL');
        await gone(identity, 5_000);
      }
    }
    this.#identity = null;
    this.#health = 'stopped';
    if (orderly) this.#keepFile();
    this.#hooks.changed();
  }

  #adopt(identity: ProcessIdentity): void {
    this.#identity = identity;
    this.#watchTimer = setInterval(() => {
      if (isAlive(identity)) return;
      if (this.#wanted) this.#died('exit status unknown, it was started by an earlier supervisor');
      else void this.stop(); // the earlier supervisor was stopping it
    }, ADOPTED_IS_CHECKED_EVERY_MS);
    this.#becomeReady();
  }

  #run(): void {
    this.#clearTimers();
    this.#hasRefused = false;
    const { command, args, cwd, env, logFile } = this.#spec;
    const log = openLog(logFile);
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', log, log] });
    closeSync(log);
    child.on('error', (error) => this.#exited(null, `could not be started: ${error.message}`));
    if (child.pid === undefined) return;
    const identity = identify(child.pid) ?? { pid: child.pid, startTime: 0 };
    this.#identity = identity;
    child.on('exit', (code, name) => {
      if (code === CONFIG_EXIT_CODE && this.#wanted && this.#identity === identity) this.#refused();
      else this.#exited(identity, name ? `killed by ${name}` : `exit code ${code}`);
    });
    child.unref();
    this.#becomeReady();
    this.#hooks.changed();
  }

  /** Ignores the end of a process that was already replaced. */
  #exited(identity: ProcessIdentity | null, how: string): void {
    if (this.#identity !== identity) return;
    if (this.#wanted) this.#died(how);
    else this.#identity = null;
  }

  #died(how: string): void {
    this.#clearTimers();
    const healthyForMs = this.#readySince === null ? 0 : Date.now() - this.#readySince;
    this.#identity = null;
    this.#readySince = null;
    this.#lastExit = how;
    this.#health = 'restarting';
    this.#restarts += 1;
    const restartInMs = this.#backoff.next(healthyForMs);
    this.#startTimer = setTimeout(() => this.#run(), restartInMs);
    this.#hooks.died({ process: this.#spec.name, how, restartInMs });
    this.#hooks.changed();
  }

  #refused(): void {
    this.#clearTimers();
    this.#identity = null;
    this.#readySince = null;
    this.#lastExit = 'its configuration is wrong';
    this.#health = 'unhealthy';
    this.#hasRefused = true;
    this.#hooks.died({ process: this.#spec.name, how: this.#lastExit });
    this.#hooks.changed();
  }

  #becomeReady(): void {
    this.#health = 'starting';
    this.#readySince = null;
    this.#probeAfter(0);
  }

  #probeAfter(ms: number): void {
    this.#probeTimer = setTimeout(async () => {
      const identity = this.#identity;
      const ready = await answers(this.#spec.probe);
      if (this.#identity !== identity || identity === null || !this.#wanted) return;
      this.#note(ready);
      this.#probeAfter(this.#health === 'ready' ? PROBE_WHEN_READY_MS : PROBE_WHILE_STARTING_MS);
    }, ms);
  }

  #note(ready: boolean): void {
    if (ready) {
      this.#health = 'ready';
      this.#readySince ??= Date.now();
    } else if (this.#health === 'ready') {
      this.#health = 'unhealthy';
      this.#readySince = null;
    }
  }

  #keepFile(): void {
    const keep = this.#spec.keepAfterStop;
    if (keep && existsSync(keep.from)) renameSync(keep.from, keep.to);
  }

  #clearTimers(): void {
    clearTimeout(this.#startTimer);
    clearTimeout(this.#probeTimer);
    clearInterval(this.#watchTimer);
  }
}

function openLog(path: string): number {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_ROTATES_AT_BYTES) renameSync(path, `${path}.1`);
  return openSync(path, 'a', 0o640);
}

/** Waits until the process is gone; false if it still runs after the time. */
export async function gone(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (isAlive(identity)) {
    if (Date.now() > deadline) return false;
    await sleep(20);
  }
  return true;
}
