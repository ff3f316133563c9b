import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

/** From where on it counts. */
export interface Limits {
  /** Nothing but a machine that stands still makes a thread so late that has nothing else to do. */
  readonly lateMs: number;
  /** The same in small pieces, as a part of the time. */
  readonly behind: number;
  /** The part of all CPU time that others were given. */
  readonly stolen: number;
}
export const LIMITS: Limits = { lateMs: 200, behind: 0.2, stolen: 0.1 };
const TICK_MS = 20;
/** A timer rounds up to the next millisecond, and waking up takes some. */
const USUALLY_LATE_MS = 2;

/** In ticks, of all processors since the start. */
export interface Times {
  readonly total: number;
  readonly stolen: number;
}

/** What was seen between two moments; `behindMs` is the sum of what the thread was late in `elapsedMs`. */
export interface Seen extends Times {
  readonly lateMs: number;
  readonly behindMs: number;
  readonly elapsedMs: number;
}

interface Mark extends Times {
  readonly atMs: number;
}

// Its own thread: the one of the tests is late whenever it loads a module.
const WATCH = `
  const { workerData: { shared, tickMs, usuallyLateMs } } = require('node:worker_threads');
  const late = new Float64Array(shared);
  let due = performance.now() + tickMs;
  setInterval(() => {
    const now = performance.now();
    late[0] = Math.max(late[0], now - due);
    late[1] += Math.max(0, now - due - usuallyLateMs);
    due = now + tickMs;
  }, tickMs);
`;

/** How much the machine was taken away from whoever runs on it, between two moments. */
export class Disturbance {
  /** The latest tick, and all of them together, in milliseconds. */
  readonly #late = new Float64Array(new SharedArrayBuffer(16));
  readonly #worker = new Worker(WATCH, {
    eval: true,
    workerData: { shared: this.#late.buffer, tickMs: TICK_MS, usuallyLateMs: USUALLY_LATE_MS },
  });
  readonly #limits: Limits;

  /** With other limits than usual, for tests. */
  constructor(limits: Partial<Limits> = {}) {
    this.#limits = { ...LIMITS, ...limits };
    this.#worker.unref();
  }

  /** The moment to ask {@link since} about; of two, the later one counts. */
  mark(): Mark {
    this.#late.fill(0);
    return { ...processorTimes(), atMs: performance.now() };
  }

  /** What happened since then, for people; undefined where it was nothing. */
  async since(mark: Mark): Promise<string | undefined> {
    // After a pause this thread may go on before the watching one.
    await sleep(2 * TICK_MS);
    const { total, stolen } = processorTimes();
    const [lateMs = 0, behindMs = 0] = this.#late;
    const elapsedMs = performance.now() - mark.atMs;
    const seen = { lateMs, behindMs, elapsedMs, total: total - mark.total, stolen: stolen - mark.stolen };
    return describeDisturbance(seen, this.#limits);
  }

  stop(): Promise<number> {
    return this.#worker.terminate();
  }
}

export function describeDisturbance(
  { lateMs, behindMs, elapsedMs, total, stolen }: Seen,
  limits: Limits,
): string | undefined {
  if (lateMs >= limits.lateMs) return `the machine stood still for ${Math.round(lateMs)} ms`;
  if (behindMs > limits.behind * elapsedMs)
    return `a thread without work was ${Math.round(behindMs)} ms late within ${Math.round(elapsedMs)} ms`;
  if (stolen > limits.stolen * total)
    return `${Math.round((100 * stolen) / total)} % of the CPU were taken from this machine`;
  return undefined;
}

/** Nothing is stolen where no /proc tells so. */
function processorTimes(): Times {
  try {
    return readTimes(readFileSync('/proc/stat', 'utf8'));
  } catch {
    return { total: 0, stolen: 0 };
  }
}

/** The first line of /proc/stat (proc_stat(5)): user, nice, system, idle, iowait, irq, softirq, steal, and guests, which are in user. */
export function readTimes(stat: string): Times {
  const times = (stat.split('\n', 1)[0] ?? '').trim().split(/\s+/).slice(1, 9).map(Number);
  return { total: times.reduce((sum, time) => sum + time, 0), stolen: times[7] ?? 0 };
}
