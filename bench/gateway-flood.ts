import { Pool } from 'undici';
import type { BenchOptions, Figure } from '../tools/cli/src/shop/benchmark.ts';
import { beforeBusyService } from './gateway-busy-rig.ts';
import type { Rig } from './gateway-rig.ts';
import type { Tools } from './gateway-tools.ts';
import { median } from './in-turns.ts';
import { openLoad } from './open-load.ts';
import { percentile } from './percentile.ts';
import { figureOf } from './verdict.ts';

const SERVICE = { port: 18_706, workers: 36, serviceMs: 25 };
/** Half of the limit: a machine that stops for a second and makes up for it is not refused. */
const CALM_PER_SECOND = 25;
/** Hardly more than the service does at a time: a limit is no protection where one share, taken at once, is too much. */
const LIMIT = 50;
/** And more than the service could answer. */
const TIMES = 30;
const FLOOD_PER_SECOND = TIMES * LIMIT;
/** In windows of a second the flood has its share at once, again and again: that is the worst for the others. Nobody is blocked for it. */
const SETTINGS = { limitUser: LIMIT, limitWindowSeconds: 1, blockAfter: 0 };
/** For customers: no cache has a part in it. */
const PATH = '/api/cart';

interface Shot {
  readonly status: number;
  readonly ms: number;
}
type Ask = (sub: string) => Promise<Shot>;

/** THR-3: what a customer feels of another one who asks for many times their limit. */
export async function measureFlood(tools: Tools, { say, quick }: BenchOptions): Promise<Figure[]> {
  return beforeBusyService(tools, SERVICE, SETTINGS, async (rig) => {
    const pool = new Pool(rig.url('gateway'), { connections: 256 });
    try {
      say(`${CALM_PER_SECOND} requests a second, alone and beside somebody who sends ${FLOOD_PER_SECOND}`);
      return await rounds(asker(rig, pool), quick ? { count: 1, seconds: 3 } : { count: 5, seconds: 8 });
    } finally {
      await pool.close();
    }
  });
}

function asker(rig: Rig, pool: Pool): Ask {
  const bearers = new Map(['calm', 'flood'].map((sub) => [sub, rig.bearerOf(sub)]));
  return async (sub) => {
    const began = performance.now();
    const { statusCode, body } = await pool.request({ method: 'GET', path: PATH, headers: bearers.get(sub) ?? {} });
    await body.dump();
    return { status: statusCode, ms: performance.now() - began };
  };
}

interface Round {
  readonly alone: readonly Shot[];
  readonly beside: readonly Shot[];
  readonly flood: readonly Shot[];
  /** From the first request of the flood to its last answer. */
  readonly floodSeconds: number;
}

async function rounds(ask: Ask, { count, seconds }: { count: number; seconds: number }): Promise<Figure[]> {
  const calm = () => openLoad(CALM_PER_SECOND, seconds, () => ask('calm'));
  const found: Round[] = [];
  // A gateway that has refused nobody yet is slow at it.
  await Promise.all([
    openLoad(CALM_PER_SECOND, 3, () => ask('calm')),
    openLoad(FLOOD_PER_SECOND, 3, () => ask('flood')),
  ]);
  while (found.length < count) {
    const alone = await calm();
    const began = performance.now();
    const flooding = openLoad(FLOOD_PER_SECOND, seconds, () => ask('flood')).then((flood) => ({
      flood,
      floodSeconds: (performance.now() - began) / 1_000,
    }));
    const [beside, flooded] = await Promise.all([calm(), flooding]);
    found.push({ alone, beside, ...flooded });
  }
  return figures(found);
}

const p95 = (shots: readonly Shot[]): number =>
  percentile(
    shots.map(({ ms }) => ms),
    95,
  );
const answered = (shots: readonly Shot[], wanted: number): number =>
  shots.filter(({ status }) => status === wanted).length;

/** Answers that nobody should have had: the limit is all that refuses, and only the flood. */
const badOf = ({ beside, flood }: Round): number =>
  beside.length - answered(beside, 200) + flood.length - answered(flood, 200) - answered(flood, 429);

/** Medians of the rounds, but for what is bad: that is the sum of all. */
function figures(found: readonly Round[]): Figure[] {
  const what = `p95 beside somebody at ${TIMES} times the limit, ${FLOOD_PER_SECOND} requests/s`;
  const ratio = median(found.map(({ alone, beside }) => p95(beside) / p95(alone)));
  const row = (name: string, more: string, unit: string, of: (one: Round) => number, bounds: Partial<Figure> = {}) =>
    figureOf({
      name: `gateway.flood.${name}`,
      what: more,
      unit,
      value: median(found.map(of)),
      rounds: found.length,
      ...bounds,
    });
  return [
    row('p95.alone', `p95 at ${CALM_PER_SECOND} requests/s, alone`, 'ms', ({ alone }) => p95(alone)),
    row('p95.beside', what, 'ms', ({ beside }) => p95(beside)),
    row('p95', `${what}, against alone`, 'times', ({ alone, beside }) => p95(beside) / p95(alone), {
      gate: 1.1,
      rival: 'gateway.flood.p95.alone',
      ratio,
    }),
    figureOf({
      name: 'gateway.flood.bad',
      what: 'answers that were no 200, for the flood neither 200 nor 429',
      value: found.reduce((sum, one) => sum + badOf(one), 0),
      unit: 'answers',
      gate: 0,
      rounds: found.length,
    }),
    row(
      'let-in',
      'of the flood, against its limit in each window that it saw',
      'times',
      ({ flood, floodSeconds }) => answered(flood, 200) / LIMIT / Math.ceil(floodSeconds),
      { gate: 1 },
    ),
  ];
}
