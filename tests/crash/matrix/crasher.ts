import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceName } from '../../../tools/cli/src/ports.ts';
import type { Services } from '../support/services.ts';
import { type CrashCase, nameOf } from './cases.ts';
import type { Drives } from './drives.ts';

const FIRES_WITHIN_MS = 90_000;
const LOOK_EVERY_MS = 100;
/** Any of the first passes: the first one after a restart is always the same. */
const LATEST_HIT = 3;

/** What became of a case; `how` is 'crashed' where it went as it should. */
export interface Crash {
  readonly name: string;
  readonly how: string;
  /** From the begin of the case to the end of the process. */
  readonly afterMs: number;
}

/** Kills processes at their failpoints, one case after the other, and sees to it that they are started again. */
export class Crasher {
  readonly #services: Services;
  readonly #drives: Drives;
  readonly #random: () => number;

  constructor(services: Services, drives: Drives, random: () => number) {
    this.#services = services;
    this.#drives = drives;
    this.#random = random;
  }

  /** Never throws for a point that does not fire: that is its result. */
  async crash(one: CrashCase): Promise<Crash> {
    const began = performance.now();
    const how = await this.#carryOut(one).catch((error: unknown) => String(error));
    const afterMs = Math.round(performance.now() - began);
    await this.#runsAgain(one);
    return { name: nameOf(one), how, afterMs };
  }

  async #carryOut(one: CrashCase): Promise<string> {
    const before = (await this.#services.status(one.process)).restarts;
    const end = new AbortController();
    const died = this.#died(one.process, before, end.signal);
    const driving = this.#drive(one, end.signal);
    try {
      // A drive that ends is no end of the case, one that fails is.
      return await Promise.race([died, driving.then(() => died)]);
    } finally {
      end.abort();
      await driving.catch(() => undefined);
    }
  }

  async #drive({ process: name, point, drive }: CrashCase, stopped: AbortSignal): Promise<void> {
    const hit = drive === 'load' ? 1 + Math.floor(this.#random() * LATEST_HIT) : 1;
    const spec = `${point}=crash@${hit}`;
    if (drive === 'start') return this.#services.restart(name, spec);
    const { also, go } = await this.#drives.prepare(drive, name, stopped);
    await this.#services.arm(name, [spec, ...also].join(','));
    await go();
  }

  /** Resolves to how the process ended, or to what was armed and hit where it did not. */
  async #died(name: ServiceName, before: number, stopped: AbortSignal): Promise<string> {
    const until = performance.now() + FIRES_WITHIN_MS;
    while (performance.now() < until && !stopped.aborted) {
      const { restarts, lastExit } = await this.#services.status(name);
      if (restarts > before) return lastExit === 'killed by SIGKILL' ? 'crashed' : `ended by itself: ${lastExit}`;
      await sleep(LOOK_EVERY_MS);
    }
    const armed = (await this.#services.points(name))?.failpoints.filter((point) => point.armed !== undefined);
    return `never fired within ${FIRES_WITHIN_MS / 1_000} s: ${JSON.stringify(armed)}`;
  }

  /** The supervisor waits longer from crash to crash; here is known that the crash was no fault of the process. */
  async #runsAgain({ process: name, drive }: CrashCase): Promise<void> {
    const { pid } = await this.#services.status(name);
    if (pid === null || drive === 'start') await this.#services.restart(name);
    else await this.#services.arm(name, '').catch(() => undefined);
  }
}
