import type { Benchmark, BenchOptions, Figure } from '../tools/cli/src/shop/benchmark.ts';
import type { ShopContext } from '../tools/cli/src/shop/context.ts';
import { BenchClient, type Outcome } from './bench-client.ts';
import { openLoad } from './open-load.ts';
import { percentile } from './percentile.ts';
import { cpuMs, shopProcesses, type ShopProcess } from './shop-processes.ts';

const WARM_UP_SECONDS = 10;
const P50_GOAL_MS = 40;
const GOAL_RATE = 20;

/** Placed → confirmed, taken from the orders' own histories, while orders come in at a fixed rate. */
export const benchmark: Benchmark = {
  summary: 'placed → confirmed at a fixed rate of orders',
  run: async (ctx, options) => {
    const client = await BenchClient.open(ctx);
    await client.stockUp(options.rate * (WARM_UP_SECONDS + options.seconds));
    options.say(`${WARM_UP_SECONDS} s of warm-up`);
    await openLoad(options.rate, WARM_UP_SECONDS, (index) => client.place(index));
    return measure(ctx, client, options);
  },
};

async function measure(ctx: ShopContext, client: BenchClient, { rate, seconds, say }: BenchOptions): Promise<Figure[]> {
  say(`${rate} orders/s for ${seconds} s`);
  const processes = await shopProcesses(ctx);
  const services = processes.filter(({ group }) => group === 'services');
  const cpuBefore = [cpuMs(services), cpuMs(processes)] as const;
  const outcomes = await openLoad(rate, seconds, (index) => client.place(index));
  const accepted = outcomes.flatMap(({ orderId }) => (orderId === undefined ? [] : [orderId]));
  for (const orderId of accepted.slice(-rate)) await client.order(orderId, '?wait=10s');
  const cpuAfter = [cpuMs(services), cpuMs(processes)] as const;
  for (const { refusal } of outcomes.filter((outcome) => outcome.refusal !== undefined).slice(0, 3))
    say(`refused: ${refusal}`);
  const restarted = differing(processes, await shopProcesses(ctx));
  if (restarted.length > 0) say(`restarted meanwhile, which spoils the figures: ${restarted.join(', ')}`);
  const confirmedMs = await client.confirmedTimes(accepted);
  const figure = (name: string, what: string, value: number, unit: string, goal?: number): Figure => ({
    name: `order.${name}`,
    what,
    value: Math.round(value * 100) / 100,
    unit,
    ...(goal === undefined ? {} : { goal }),
    rounds: 1,
  });
  const perOrder = (index: 0 | 1) => (cpuAfter[index] - cpuBefore[index]) / accepted.length;
  return [
    figure(
      'placed-to-confirmed.p50',
      `at ${rate} orders/s`,
      percentile(confirmedMs, 50),
      'ms',
      rate === GOAL_RATE ? P50_GOAL_MS : undefined,
    ),
    figure('placed-to-confirmed.p99', `at ${rate} orders/s`, percentile(confirmedMs, 99), 'ms'),
    figure('answer.p50', 'POST /api/orders until its 202', percentile(answerTimes(outcomes), 50), 'ms'),
    figure('answer.p99', 'POST /api/orders until its 202', percentile(answerTimes(outcomes), 99), 'ms'),
    figure('cpu-per-order.services', 'services, gateway and supervisor', perOrder(0), 'ms'),
    figure('cpu-per-order.all', 'infrastructure included', perOrder(1), 'ms'),
    figure('sent', 'orders sent', outcomes.length, 'orders'),
    figure('accepted', 'answered 202', accepted.length, 'orders'),
    figure('confirmed', 'confirmed in the end', confirmedMs.length, 'orders'),
    // A shop that takes none would lose none.
    figure('refused', 'not accepted', outcomes.length - accepted.length, 'orders', 0),
    figure('lost', 'accepted and not confirmed', accepted.length - confirmedMs.length, 'orders', 0),
  ];
}

function differing(before: ShopProcess[], after: ShopProcess[]): string[] {
  return before
    .filter(({ name, pid }) => !after.some((process) => process.name === name && process.pid === pid))
    .map(({ name }) => name);
}

const answerTimes = (outcomes: Outcome[]) => outcomes.map(({ answeredMs }) => answeredMs);
