import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, existsSync, renameSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isAlive, signal } from '../system/process-identity.ts';
import type { ProcessIdentity } from '../system/process-identity.ts';
import { Backoff } from './backoff.ts';
import { openLog, rotateOpenLog } from './log-file.ts';
import { answers } from './probe.ts';
import { sameSpec } from './process-spec.ts';
import type { Health, ProcessSpec, ProcessStatus } from './process-spec.ts';

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
  /** Who runs has changed: record it. Never throws, since nobody could take it: it is called by timers and events. */
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
  #turn: Promise<unknown> = Promise.resolve();
  readonly #backoff = new Backoff();
  readonly #hooks: ProcessHooks;

  constructor(spec: ProcessSpec, hooks: ProcessHooks) {
    this.#spec = spec;
    this.#hooks = hooks;
  }

  get spec(): ProcessSpec {
    return this.#spec;
  }

  record(): ProcessRecord {
    return { spec: this.#spec, identity: this.#identity, wanted: this.#wanted, restarts: this.#restarts };
  }

  status(): ProcessStatus {
    const { name, kind, port, logFile } = this.#spec;
    const { pid, startTime } = this.#identity ?? { pid: null, startTime: null };
    const variants = (this.#spec.env.SOUK_VARIANTS ?? '').split(',').filter(Boolean);
    const [health, restarts, lastExit] = [this.#health, this.#restarts, this.#lastExit];
    const hasRefused = this.#hasRefused;
    return { name, kind, pid, startTime, port, health, restarts, logFile, lastExit, variants, hasRefused };
  }

  /** Takes over what an earlier supervisor left: the running process if it is still the same one, else a new one. */
  resume(record: ProcessRecord): void {
    this.#restarts = record.restarts;
    this.#wanted = record.wanted;
    if (record.identity && isAlive(record.identity)) this.#adopt(record.identity);
    else if (record.wanted) this.#died('while no supervisor was there');
  }

  /** Leaves it alone if it is to run by this specification already, and says whether it did not. */
  start(spec: ProcessSpec): Promise<boolean> {
    return this.#inTurn(async () => {
      if (this.#wanted && !this.#hasRefused && sameSpec(this.#spec, spec)) return false;
      await this.#replace(spec);
      return true;
    });
  }

  restart(spec: ProcessSpec): Promise<void> {
    return this.#inTurn(() => this.#replace(spec));
  }

  /** Asks, waits, and kills what does not go. Resolves when the process is gone. */
  stop(): Promise<void> {
    return this.#inTurn(() => this.#end());
  }

  /**
   * One after the other: of two that replace it at once, the second would lose sight of what the first has started. Nothing in a
   * turn waits for readiness, so a stop is never held up by a start.
   */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #replace(spec: ProcessSpec): Promise<void> {
    // Also one that is not wanted may still be there: what an earlier supervisor was stopping.
    if (this.#wanted || this.#identity) await this.#end();
    this.#spec = spec;
    this.#wanted = true;
    this.#run();
  }

  async #end(): Promise<void> {
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
    try {
      this.#spawn();
    } catch (error) {
      // No room for a log, for one: by a timer nobody else would take it.
      this.#died(`could not be started: ${String(error)}`);
    }
  }

  #spawn(): void {
    const child = this.#child();
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

  #child(): ChildProcess {
    const { command, args, cwd, env, logFile } = this.#spec;
    const log = openLog(logFile);
    try {
      return spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', log, log] });
    } finally {
      closeSync(log);
    }
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
      this.#trimLog();
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

  #trimLog(): void {
    try {
      rotateOpenLog(this.#spec.logFile);
    } catch {
      // No room for the copy: the next look tries again.
    }
  }

  #keepFile(): void {
    const keep = this.#spec.keepAfterStop;
    try {
      if (keep && existsSync(keep.from)) renameSync(keep.from, keep.to);
    } catch {
      // No room for the new name: it is not worth a stop that breaks off half-way.
    }
  }

  #clearTimers(): void {
    clearTimeout(this.#startTimer);
    clearTimeout(this.#probeTimer);
    clearInterval(this.#watchTimer);
  }
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
