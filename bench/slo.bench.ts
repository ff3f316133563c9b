import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openLoad } from '../tools/chaos/src/load/load.ts';
import { openSampler } from '../tools/chaos/src/measure/sampler.ts';
import { taken } from '../tools/chaos/src/measure/series.ts';
import { evaluateSlos, readSlos, sloRequests, type SloResult } from '../tools/chaos/src/measure/slo.ts';
import type { Answer, Sample, SeenOrder } from '../tools/chaos/src/run/observations.ts';
import { openInstance } from '../tools/cli/src/instance.ts';
import { managementPortOf } from '../tools/cli/src/ports.ts';
import { ApiClient } from '../tools/cli/src/shop/api-client.ts';
import type { Benchmark, BenchOptions, Figure } from '../tools/cli/src/shop/benchmark.ts';
import type { ShopContext } from '../tools/cli/src/shop/context.ts';

const WARM_UP_SECONDS = 5;
/** The promise of an order is about what becomes of it: the last ones are given this time. */
const SETTLES_WITHIN_MS = 15_000;
const SEED = 1;

/** The promises of config/slo.yaml under a steady load of visitors; each is a gate. */
export const benchmark: Benchmark = {
  summary: 'the promises of config/slo.yaml at a steady rate of visits',
  run: async (ctx, options) => {
    const folder = mkdtempSync(join(tmpdir(), 'souk-slo-'));
    try {
      return await measure(ctx, options, join(folder, 'history.jsonl'));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function measure(
  context: ShopContext,
  { rate, seconds, say }: BenchOptions,
  historyFile: string,
): Promise<Figure[]> {
  const began = performance.now();
  const now = (): number => performance.now() - began;
  const [answers, samples, orders]: [Answer[], Sample[], SeenOrder[]] = [[], [], []];
  const slos = readSlos();
  const api = new ApiClient(context.gatewayUrl, context.instance);
  const profile = { perSecond: rate, mix: 'shop' } as const;
  const load = await openLoad({
    target: { context, api },
    load: profile,
    seed: SEED,
    now,
    historyFile,
    answers,
    orders,
  });
  const { ports } = openInstance(context.instance);
  const managementUrl = (name: string): string => `http://127.0.0.1:${managementPortOf(ports, name) ?? 0}`;
  const sampler = openSampler({ target: { managementUrl }, requests: sloRequests(slos), now, samples });
  try {
    say(`${rate} visits/s for ${seconds} s, after ${WARM_UP_SECONDS} s of warm-up`);
    sampler.start();
    load.start();
    await sleep(WARM_UP_SECONDS * 1_000);
    const from = now();
    await sleep(seconds * 1_000);
    const to = now();
    await load.stop();
    await load.settle(SETTLES_WITHIN_MS);
    await sampler.stop();
    const { dropped, lateMs } = load.figures;
    if (dropped > 0 || lateMs > 100) say(`the load itself: ${dropped} visits dropped, others up to ${lateMs} ms late`);
    const window = { from, to };
    const results = evaluateSlos(slos, { answers, samples, orders, marks: [], phases: {} }, window);
    return [...figuresOf(results), loadFigure(taken(samples, 'cpu.harness', window, 'mean'), rate)];
  } finally {
    await load.close();
  }
}

const figuresOf = (results: readonly SloResult[]): Figure[] =>
  results.flatMap(({ name, promise, objective, figure = Number.NaN, good, all, budgetUsed = Number.NaN }): Figure[] => [
    {
      name: `slo.${name}`,
      what: `${promise}: ${good} of ${all}`,
      value: Math.round(figure * 1_000) / 1_000,
      unit: '%',
      gate: objective,
      atLeast: true,
      rounds: 1,
    },
    {
      name: `slo.${name}.budget`,
      what: 'of the error budget used',
      value: Math.round(budgetUsed * 1_000) / 10,
      unit: '%',
      rounds: 1,
    },
  ]);

/** The load has its share of the machine that it measures. */
const loadFigure = (percent = Number.NaN, rate: number): Figure => ({
  name: 'slo.load.cpu',
  what: `what ${rate} visits/s and their figures took themselves`,
  value: Math.round(percent * 100) / 100,
  unit: '% of CPU',
  rounds: 1,
});
