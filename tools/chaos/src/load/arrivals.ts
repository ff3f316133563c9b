import { setTimeout } from 'node:timers/promises';
import { percentile } from '../../../../bench/percentile.ts';

export interface ArrivalOptions<T> {
  readonly perSecond: number;
  /** Visits under way at a time; who comes while there are as many is not let in, and counted. */
  readonly most: number;
  /** Who comes next, let in or not. */
  readonly next: () => T;
  readonly visit: (visitor: T) => Promise<unknown>;
  readonly drop: (visitor: T) => void;
  readonly clock?: Clock;
}

export interface Clock {
  now(): number;
  /** Resolves after so many milliseconds, or when it is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}
export const realClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) => setTimeout(ms, undefined, { signal }).catch(() => undefined),
};

/** What the generator itself has done: where it came late or dropped visitors, the load was not what it should have been. */
export interface ArrivalFigures {
  readonly arrivals: number;
  readonly dropped: number;
  /** How late visits began, the 99th percentile in ms: beyond some 50 the machine was too small for the load. */
  readonly lateMs: number;
}

/** Visitors who come at a fixed rate, whatever becomes of those before them: a slow shop is not sent fewer (open model). */
export class Arrivals<T> {
  readonly #options: ArrivalOptions<T>;
  readonly #clock: Clock;
  readonly #stopped = new AbortController();
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #late: number[] = [];
  #dropped = 0;
  #running: Promise<void> | undefined;

  constructor(options: ArrivalOptions<T>) {
    this.#options = options;
    this.#clock = options.clock ?? realClock;
  }

  get figures(): ArrivalFigures {
    const [arrivals, dropped] = [this.#late.length, this.#dropped];
    return { arrivals, dropped, lateMs: arrivals === 0 ? 0 : Math.round(percentile(this.#late, 99)) };
  }

  /** Resolves when nobody comes any more. */
  start(): Promise<void> {
    this.#running ??= this.#run();
    return this.#running;
  }

  /** Nobody comes any more; resolves when all visits have ended, or after `withinMs`. Resolves to how many had not. */
  async stop(withinMs: number): Promise<number> {
    this.#stopped.abort();
    await this.#running;
    const patience = new AbortController();
    await Promise.race([Promise.all(this.#underWay), this.#clock.sleep(withinMs, patience.signal)]);
    patience.abort();
    return this.#underWay.size;
  }

  async #run(): Promise<void> {
    const { perSecond } = this.#options;
    const { signal } = this.#stopped;
    const { now, sleep } = this.#clock;
    const began = now();
    for (let index = 0; !signal.aborted; index++) {
      const due = began + (index * 1_000) / perSecond;
      const wait = due - now();
      if (wait > 0) await sleep(wait, signal);
      if (signal.aborted) return;
      this.#late.push(Math.max(0, now() - due));
      this.#arrive();
    }
  }

  #arrive(): void {
    const { most, next, visit, drop } = this.#options;
    const visitor = next();
    if (this.#underWay.size >= most) {
      this.#dropped += 1;
      drop(visitor);
      return;
    }
    const one = visit(visitor).finally(() => this.#underWay.delete(one));
    this.#underWay.add(one);
  }
}
