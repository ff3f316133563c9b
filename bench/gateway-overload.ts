import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import type { BenchOptions, Figure } from '../tools/cli/src/shop/benchmark.ts';
import { beforeBusyService } from './gateway-busy-rig.ts';
import type { Rig } from './gateway-rig.ts';
import type { Tools } from './gateway-tools.ts';
import { median } from './in-turns.ts';
import { percentile } from './percentile.ts';
import { figureOf } from './verdict.ts';

const SERVICE = { port: 18_705, workers: 12, serviceMs: 25 };
const CAPACITY = (SERVICE.workers * 1_000) / SERVICE.serviceMs;
/** For customers: no cache has a part in it. */
const PATH = '/api/cart';
/** As by default, but for the floor: it must be less than what the service does at a time. */
const SETTINGS = { shedTolerance: 1.5, shedSlackMs: 10, shedFloor: 8, shedCeiling: 1_000, shedLoopMs: 100 };

/** What piles up until the limit is found stands in a figure of its own. */
const ONSET_SECONDS = 3;

/** When a call was sent, what it was answered and how long that took, in milliseconds. */
interface Shot {
  readonly at: number;
  readonly status: number;
  readonly ms: number;
}

/** What the door of the gateway does when three times as much is asked as the service behind it can answer. */
export async function measureOverload(tools: Tools, { say, quick }: BenchOptions): Promise<Figure[]> {
  return beforeBusyService(tools, SERVICE, SETTINGS, (rig) => {
    say(`a service that answers ${CAPACITY} a second: half of it, all of it, three times it, half of it`);
    return overload(rig, quick ? { rounds: 1, seconds: 3 } : { rounds: 3, seconds: 6 });
  });
}

async function overload(rig: Rig, { rounds, seconds }: { rounds: number; seconds: number }): Promise<Figure[]> {
  const pool = new Pool(rig.url('gateway'), { connections: 1_500 });
  const fire = (factor: number, count: number) => openFire(pool, rig.bearer, CAPACITY * factor, count);
  const found: Phases[] = [];
  try {
    await fire(0.5, 3);
    while (found.length < rounds) {
      const half = await fire(0.5, seconds);
      const full = await fire(1, seconds);
      const cpuBefore = rig.cpuMs('gateway');
      const three = await fire(3, seconds + ONSET_SECONDS);
      const cpuMs = rig.cpuMs('gateway') - cpuBefore;
      found.push({ half, full, three, after: await fire(0.5, 12), cpuMs, seconds });
    }
    return figures(found);
  } finally {
    await pool.close();
  }
}

/** At a fixed rate, whatever becomes of it; ends when all are answered. */
async function openFire(
  pool: Pool,
  headers: Readonly<Record<string, string>>,
  perSecond: number,
  seconds: number,
): Promise<Shot[]> {
  const began = performance.now();
  const shots: Promise<Shot>[] = [];
  for (let due = 0; due < perSecond * seconds;) {
    const now = performance.now() - began;
    for (; due < perSecond * seconds && (due * 1_000) / perSecond <= now; due += 1)
      shots.push(shoot(pool, headers, now));
    await sleep(1);
  }
  return Promise.all(shots);
}

async function shoot(pool: Pool, headers: Readonly<Record<string, string>>, at: number): Promise<Shot> {
  const started = performance.now();
  const answer = await pool.request({ method: 'GET', path: PATH, headers });
  await answer.body.dump();
  return { at, status: answer.statusCode, ms: performance.now() - started };
}

interface Phases {
  readonly half: readonly Shot[];
  readonly full: readonly Shot[];
  readonly three: readonly Shot[];
  readonly after: readonly Shot[];
  readonly cpuMs: number;
  readonly seconds: number;
}

const good = (shots: readonly Shot[]): readonly Shot[] => shots.filter(({ status }) => status === 200);
const p99 = (shots: readonly Shot[]): number =>
  percentile(
    good(shots).map(({ ms }) => ms),
    99,
  );

const isOnset = ({ at }: Shot): boolean => at < ONSET_SECONDS * 1_000;
const steady = ({ three }: Phases): readonly Shot[] => three.filter((shot) => !isOnset(shot));
const peak = ({ full, seconds }: Phases): number => Math.min(CAPACITY, good(full).length / seconds);
const goodput = (phases: Phases): number => good(steady(phases)).length / phases.seconds;

/** Medians of the rounds. @throws Error when an answer was neither good nor shed */
function figures(found: readonly Phases[]): Figure[] {
  const other = found.flatMap(({ three }) => three.filter(({ status }) => status !== 200 && status !== 503));
  if (other.length > 0) throw new Error(`${other.length} answers were neither 200 nor 503`);
  const row = (name: string, what: string, unit: string, of: (one: Phases) => number, bounds: Partial<Figure> = {}) =>
    figureOf({
      name: `gateway.overload.${name}`,
      what,
      unit,
      value: median(found.map(of)),
      rounds: found.length,
      ...bounds,
    });
  return [
    // A door that lets in less than there is would be compared with itself.
    row('peak', 'good answers at capacity', 'req/s', peak, { gate: 0.95 * CAPACITY, atLeast: true }),
    row('goodput', 'good answers at three times the capacity', 'req/s', goodput),
    row('goodput-ratio', 'of the peak', '%', (one) => (100 * goodput(one)) / peak(one), { gate: 90, atLeast: true }),
    row('refused-half', 'refused at half load', '%', ({ half }) => 100 - (100 * good(half).length) / half.length, {
      gate: 1,
    }),
    row('p99-half', 'p99 at half load', 'ms', ({ half }) => p99(half)),
    row('p99', 'p99 of what is let in', 'ms', (one) => p99(steady(one))),
    row('p99-ratio', 'against half load', 'times', (one) => p99(steady(one)) / p99(one.half), { gate: 2 }),
    row('p99-onset', `p99 of the first ${ONSET_SECONDS} s`, 'ms', ({ three }) => p99(three.filter(isOnset))),
    row('recovery', 'until it is as fast as before', 's', ({ after, half }) => recoverySeconds(after, p99(half)), {
      gate: 10,
    }),
    row(
      'cpu',
      'CPU of the gateway an answer, good or shed',
      'µs',
      ({ cpuMs, three }) => (cpuMs * 1_000) / three.length,
    ),
  ];
}

/** Until the first half of a second in which nothing was refused and answers were hardly slower than at half load. */
function recoverySeconds(after: readonly Shot[], halfMs: number): number {
  const slices = Map.groupBy(after, ({ at }) => Math.floor(at / 500));
  const isWell = (shots: readonly Shot[]): boolean => good(shots).length === shots.length && p99(shots) <= 1.5 * halfMs;
  const lastBad = [...slices].filter(([, shots]) => !isWell(shots)).map(([slice]) => slice);
  return (Math.max(-1, ...lastBad) + 1) / 2;
}
