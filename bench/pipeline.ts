import type { BenchOptions, Figure } from '../tools/cli/src/shop/benchmark.ts';
import type { ShopContext } from '../tools/cli/src/shop/context.ts';
import { openLoad } from './open-load.ts';
import { OrderLoad, type Placed } from './order-load.ts';
import { type OrderTimes, OrderTimesReader } from './order-times.ts';
import { percentile } from './percentile.ts';
import { cpuMs, shopProcesses, type ShopProcess } from './shop-processes.ts';
import { unserved } from './unserved.ts';
import { figureOf } from './verdict.ts';

/** Orders that are waited for before the CPU is read: with the last of them the pipeline has run empty. */
const LAST = 50;
const PATIENCE_MS = 30_000;
/** For what is still open then: no load should begin with what the last one has left. */
const WORK_OFF_MS = 600_000;
const WARM_UP_RATE = 100;
/** Offered beyond what is to be sustained: a rate that is only just offered can never be seen to be exceeded. */
const OVER = 1.03;

interface Run {
  readonly rate: number;
  readonly accepted: readonly string[];
  readonly times: readonly OrderTimes[];
  readonly refused: number;
  readonly lost: number;
  /** Confirmed orders a second, from the first order placed to the last one confirmed. */
  readonly perSecond: number;
  readonly cpu: { readonly all: number; readonly byProcess: ReadonlyMap<string, number> };
}

/** Placed → confirmed through the gateway, with everything that a shop has: validation, tokens, views, payment, all stores. */
export async function measurePipeline(ctx: ShopContext, { say, quick }: BenchOptions): Promise<Figure[]> {
  const [warmUpSeconds, seconds] = quick ? [10, 10] : [60, 60];
  const rates = [100, Math.ceil(700 * OVER), Math.ceil(1_000 * OVER)] as const;
  const orders = warmUpSeconds * WARM_UP_RATE + seconds * rates.reduce((sum, rate) => sum + rate, 0);
  const load = await OrderLoad.open(ctx, orders);
  const reader = new OrderTimesReader(ctx.urls.ORDER_READ_DATABASE_URL ?? '');
  try {
    say(`${warmUpSeconds} s of warm-up at ${WARM_UP_RATE} orders/s`);
    await openLoad(WARM_UP_RATE, warmUpSeconds, (index) => load.place(index));
    const runs: Run[] = [];
    for (const rate of rates) {
      say(`${rate} orders/s for ${seconds} s`);
      const run = await runAt(ctx, { load, reader, rate, seconds });
      tell(run, say);
      runs.push(run);
      await workedOff(reader, run, say);
    }
    const [calm, busy, full] = runs;
    return [
      ...(calm ? calmFigures(calm) : []),
      ...(busy ? busyFigures(busy, { perSecond: 700, cpuGate: 2.6, cpuGoal: 1.5 }) : []),
      ...(full ? fullFigures(full) : []),
    ];
  } finally {
    await Promise.all([load.close(), reader.close()]);
  }
}

interface Way {
  readonly load: OrderLoad;
  readonly reader: OrderTimesReader;
  readonly rate: number;
  readonly seconds: number;
}

async function runAt(ctx: ShopContext, { load, reader, rate, seconds }: Way): Promise<Run> {
  const processes = await shopProcesses(ctx);
  const before = usedBy(processes);
  const answers = await openLoad(rate, seconds, (index) => load.place(index));
  const accepted = answers.flatMap((answer) => ('orderId' in answer ? [answer.orderId] : []));
  await reader.settled(accepted.slice(-LAST), PATIENCE_MS);
  const after = usedBy(await sameProcesses(ctx, processes));
  const times = await reader.settled(accepted, PATIENCE_MS);
  const confirmed = times.flatMap(({ confirmedAt }) => (confirmedAt === null ? [] : [confirmedAt]));
  const took = newest(confirmed) - oldest(times.map(({ placedAt }) => placedAt));
  const byProcess = new Map(
    [...after].map(([name, ms]) => [name, (ms - (before.get(name) ?? 0)) / confirmed.length] as const),
  );
  const all = [...byProcess.values()].reduce((sum, ms) => sum + ms, 0);
  return {
    rate,
    accepted,
    times,
    refused: answers.filter(isRefused).length,
    lost: accepted.length - confirmed.length,
    perSecond: (confirmed.length * 1_000) / took,
    cpu: { all, byProcess },
  };
}

async function workedOff(
  reader: OrderTimesReader,
  { accepted, lost }: Run,
  say: (line: string) => void,
): Promise<void> {
  if (lost === 0) return;
  const began = performance.now();
  const times = await reader.settled(accepted, WORK_OFF_MS);
  const confirmed = times.filter(({ confirmedAt }) => confirmedAt !== null).length;
  const seconds = Math.round((performance.now() - began) / 1_000);
  say(`of all ${accepted.length} accepted, ${confirmed} are confirmed after ${seconds} s more`);
}

/** A process that was restarted meanwhile took its CPU time with it: there is no figure then. */
async function sameProcesses(ctx: ShopContext, before: readonly ShopProcess[]): Promise<ShopProcess[]> {
  const now = await shopProcesses(ctx);
  const gone = before.filter(({ name, pid }) => !now.some((process) => process.name === name && process.pid === pid));
  if (gone.length === 0) return now;
  throw new Error(`restarted meanwhile, which spoils the figures: ${gone.map(({ name }) => name).join(', ')}`);
}

function calmFigures(run: Run): Figure[] {
  const at = `at ${run.rate} orders/s`;
  const waits = waitsOf(run);
  return [
    figureOf({
      name: 'pipeline.p50',
      what: `placed → confirmed ${at}`,
      value: percentile(waits, 50),
      unit: 'ms',
      gate: 25,
      goal: 12,
    }),
    figureOf({
      name: 'pipeline.p99',
      what: `placed → confirmed ${at}`,
      value: percentile(waits, 99),
      unit: 'ms',
      gate: 120,
      goal: 60,
    }),
    figureOf({
      name: 'pipeline.cpu-per-order.100',
      what: `all processes, ${at}`,
      value: run.cpu.all,
      unit: 'ms',
      gate: 15,
      goal: 8,
    }),
    ...unserved('100', run, { refusedGate: 0 }),
  ];
}

function busyFigures(
  run: Run,
  { perSecond, cpuGate, cpuGoal }: Record<'perSecond' | 'cpuGate' | 'cpuGoal', number>,
): Figure[] {
  const at = `with ${run.rate} orders/s offered`;
  return [
    figureOf({
      name: 'pipeline.sustained',
      what: `confirmed, ${at}`,
      value: run.perSecond,
      unit: 'orders/s',
      gate: perSecond,
      atLeast: true,
    }),
    figureOf({
      name: 'pipeline.cpu-per-order.700',
      what: `all processes, ${at}`,
      value: run.cpu.all,
      unit: 'ms',
      gate: cpuGate,
      goal: cpuGoal,
    }),
    figureOf({
      name: 'pipeline.p50.700',
      what: `placed → confirmed ${at}`,
      value: percentile(waitsOf(run), 50),
      unit: 'ms',
    }),
    figureOf({
      name: 'pipeline.p99.700',
      what: `placed → confirmed ${at}`,
      value: percentile(waitsOf(run), 99),
      unit: 'ms',
    }),
    ...unserved('700', run, { refusedGate: 0 }),
  ];
}

function fullFigures(run: Run): Figure[] {
  const at = `with ${run.rate} orders/s offered`;
  return [
    figureOf({
      name: 'pipeline.full',
      what: `confirmed, ${at}`,
      value: run.perSecond,
      unit: 'orders/s',
      goal: 1_000,
      atLeast: true,
    }),
    figureOf({ name: 'pipeline.cpu-per-order.1000', what: `all processes, ${at}`, value: run.cpu.all, unit: 'ms' }),
    ...unserved('1000', run),
  ];
}

function tell(run: Run, say: (line: string) => void): void {
  const parts = [...run.cpu.byProcess].sort(([, a], [, b]) => b - a).map(([name, ms]) => `${name} ${ms.toFixed(2)}`);
  say(
    `${Math.round(run.perSecond)} confirmed/s, ${run.refused} refused, ${run.lost} lost, ${run.cpu.all.toFixed(2)} ms of CPU an order`,
  );
  say(
    `p50 ${Math.round(percentile(waitsOf(run), 50))} ms, p99 ${Math.round(percentile(waitsOf(run), 99))} ms; CPU: ${parts.join(', ')}`,
  );
}

const isRefused = (answer: Placed): boolean => !('orderId' in answer);
const waitsOf = ({ times }: Run): number[] =>
  times.flatMap(({ placedAt, confirmedAt }) => (confirmedAt === null ? [] : [confirmedAt - placedAt]));
const usedBy = (processes: readonly ShopProcess[]): Map<string, number> =>
  new Map(processes.map((process) => [process.name, cpuMs([process])]));
const newest = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), -Infinity);
const oldest = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Infinity);
