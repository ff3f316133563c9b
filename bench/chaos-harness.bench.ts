import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSampler } from '../tools/chaos/src/measure/sampler.ts';
import { readSlos, sloRequests } from '../tools/chaos/src/measure/slo.ts';
import { HostTarget } from '../tools/chaos/src/target/host.ts';
import { told } from '../tools/chaos/src/measure/series.ts';
import type { Sample } from '../tools/chaos/src/run/observations.ts';
import type { Benchmark, Figure } from '../tools/cli/src/shop/benchmark.ts';
import type { ShopContext } from '../tools/cli/src/shop/context.ts';
import { percentile } from './percentile.ts';
import { cpuMs, shopProcesses } from './shop-processes.ts';

const ROUNDS = 3;
const ROUND_MS = 10_000;
const GATE_PERCENT = 5;
/** Of a look a second. */
const HEARD_AT_LEAST = 8;

/** CPU of this process and of the shop, in percent of the machine. */
interface Cost {
  readonly harness: number;
  readonly shop: number;
}

/** What watching an idle shop costs, the watcher's part and what it makes the shop do; with and without it in turns. */
export const benchmark: Benchmark = {
  summary: 'what it costs to watch an idle shop as experiments do',
  run: async (ctx, { quick, say }) => {
    const rounds = quick ? 1 : ROUNDS;
    const [alone, watched]: [Cost[], Cost[]] = [[], []];
    for (let round = 1; round <= rounds; round++) {
      say(`round ${round} of ${rounds}`);
      alone.push(await costs(ctx, () => sleep(ROUND_MS)));
      watched.push(await costs(ctx, () => watch(ctx.instance)));
    }
    const middle = (of: (cost: Cost) => number, among: Cost[]) => percentile(among.map(of), 50);
    const harness = middle((cost) => cost.harness, watched);
    const shop = Math.max(0, middle((cost) => cost.shop, watched) - middle((cost) => cost.shop, alone));
    return [
      figure('chaos-harness.cpu', 'the sampler and what it makes the shop do', harness + shop, GATE_PERCENT, rounds),
      figure('chaos-harness.cpu.sampler', 'of it, the sampler', harness, undefined, rounds),
      figure('chaos-harness.cpu.shop', 'of it, in the processes of the shop', shop, undefined, rounds),
    ];
  },
};

async function watch(instance: string): Promise<void> {
  const target = HostTarget.open(instance);
  const began = performance.now();
  const samples: Sample[] = [];
  const requests = sloRequests(readSlos());
  const asked = requests.flatMap((one) => (one.from === 'metrics' ? [one.process] : []));
  const sampler = openSampler({
    target,
    requests,
    now: () => performance.now() - began,
    samples,
    processes: () => target.seen(),
  });
  sampler.start();
  await sleep(ROUND_MS);
  await sampler.stop();
  // Not to watch costs nothing.
  const heard = samples.filter(({ series }) => asked.every((name) => series[told(name)] === 1)).length;
  if (heard < HEARD_AT_LEAST) throw new Error(`only ${heard} looks in ${ROUND_MS} ms found metrics`);
}

async function costs(ctx: ShopContext, work: () => Promise<void>): Promise<Cost> {
  const processes = await shopProcesses(ctx);
  const [own, shop, began] = [process.cpuUsage(), cpuMs(processes), performance.now()];
  await work();
  const { user, system } = process.cpuUsage(own);
  const percent = (ms: number) => (100 * ms) / (performance.now() - began) / availableParallelism();
  return { harness: percent((user + system) / 1_000), shop: percent(cpuMs(processes) - shop) };
}

const figure = (name: string, what: string, value: number, gate: number | undefined, rounds: number): Figure => ({
  name,
  what,
  value: Math.round(value * 100) / 100,
  unit: '% of CPU',
  ...(gate !== undefined && { gate }),
  rounds,
});
