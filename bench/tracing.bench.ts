import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { openInstance } from '../tools/cli/src/instance.ts';
import { shopNames, shopSpecs } from '../tools/cli/src/shop-processes.ts';
import { infraUrlsOf } from '../tools/cli/src/urls.ts';
import type { Benchmark, BenchOptions, Figure } from '../tools/cli/src/shop/benchmark.ts';
import type { ShopContext } from '../tools/cli/src/shop/context.ts';
import { command as supervisorCommand } from '../tools/cli/src/supervisor/launch.ts';
import { waitReady } from '../tools/cli/src/supervisor/wait.ts';
import { BenchClient } from './bench-client.ts';
import { openLoad } from './open-load.ts';
import { percentile } from './percentile.ts';
import { cpuMs, pssMiB, shopProcesses } from './shop-processes.ts';

const ROUNDS = 3;
const WARM_UP_SECONDS = 10;
const PAIRS = 10;
const SLICE_SECONDS = 4;
const READY_WITHIN_MS = 60_000;
const SPANS_ARE_OUT_MS = 2_000;
const GOALS = { cpuPercent: 15, memoryMiB: 25 };
/** Processes that make spans; the trace store is what they pay for, not a part of them. */
const TRACED = new Set(['gateway', 'catalog', 'inventory', 'order', 'payment', 'ambassador']);

/** What a trace costs, not how few of them are recorded. */
const EVERY_TRACE = { TRACES_PER_SECOND: 'all' };

type Mode = 'off' | 'on';
interface Round {
  cpuMsPerOrder: number;
  storeCpuMsPerOrder: number;
  pssMiBPerProcess: number;
  answerMs: number;
}

/** The same orders with tracing off and on, in turns, so that both see the same machine. */
export const benchmark: Benchmark = {
  summary: 'what tracing every order costs: CPU an order and memory a process, off and on in turns',
  run: async (ctx, options) => {
    const client = await BenchClient.open(ctx);
    const rounds: Record<Mode, Round[]> = { off: [], on: [] };
    try {
      for (let n = 1; n <= ROUNDS; n++) {
        for (const mode of ['off', 'on'] as const) {
          options.say(`round ${n} of ${ROUNDS}, tracing ${mode}`);
          await switchTo(ctx, mode, EVERY_TRACE);
          const round = await measure(ctx, client, options);
          options.say(`${round.cpuMsPerOrder.toFixed(1)} ms CPU an order`);
          rounds[mode].push(round);
        }
      }
    } finally {
      await switchTo(ctx, 'on');
    }
    options.say(`${PAIRS} pairs of ${SLICE_SECONDS} s, recorded and not, in the same processes`);
    return [...figures(rounds, options.rate), await recording(ctx, client, options.rate)];
  },
};

/**
 * What `up` does with and without --no-tracing, short of building: services whose environment changes start anew. `more` is
 * what their environment has besides.
 */
async function switchTo(
  { instance: name, urls }: ShopContext,
  tracing: Mode,
  more: Record<string, string> = {},
): Promise<void> {
  const instance = { ...openInstance(name), tracing };
  const specs = shopSpecs(instance, infraUrlsOf(urls)).map((spec) => ({ ...spec, env: { ...spec.env, ...more } }));
  await supervisorCommand(instance, { op: 'start', specs });
  await waitReady(instance, shopNames(instance), READY_WITHIN_MS);
}

async function measure(ctx: ShopContext, client: BenchClient, { rate, seconds }: BenchOptions): Promise<Round> {
  await client.stockUp(rate * (WARM_UP_SECONDS + seconds));
  await openLoad(rate, WARM_UP_SECONDS, (index) => client.place(index));
  await sleep(SPANS_ARE_OUT_MS);
  const all = await shopProcesses(ctx);
  const processes = all.filter(({ name }) => TRACED.has(name));
  const store = all.filter(({ name }) => name === 'trace-store');
  const [before, storeBefore] = [cpuMs(processes), cpuMs(store)];
  const outcomes = await openLoad(rate, seconds, (index) => client.place(index));
  const accepted = outcomes.flatMap(({ orderId }) => (orderId === undefined ? [] : [orderId]));
  for (const orderId of accepted.slice(-rate)) await client.order(orderId, '?wait=10s');
  await sleep(SPANS_ARE_OUT_MS);
  return {
    cpuMsPerOrder: (cpuMs(processes) - before) / accepted.length,
    storeCpuMsPerOrder: (cpuMs(store) - storeBefore) / accepted.length,
    pssMiBPerProcess: pssMiB(processes) / processes.length,
    answerMs: percentile(
      outcomes.map(({ answeredMs }) => answeredMs),
      50,
    ),
  };
}

/** Starting anew costs more than tracing does; orders whose caller does not sample take turns with others without it. */
async function recording(ctx: ShopContext, client: BenchClient, rate: number): Promise<Figure> {
  await client.stockUp(rate * SLICE_SECONDS * 2 * (PAIRS + 1));
  const processes = (await shopProcesses(ctx)).filter(({ name }) => TRACED.has(name));
  const cpuOf = async (isRecorded: boolean): Promise<number> => {
    const before = cpuMs(processes);
    const outcomes = await openLoad(rate, SLICE_SECONDS, (index) =>
      client.place(index, { traceparent: `00-${hex(16)}-${hex(8)}-0${isRecorded ? 1 : 0}` }),
    );
    const accepted = outcomes.flatMap(({ orderId }) => (orderId === undefined ? [] : [orderId]));
    for (const orderId of accepted.slice(-rate)) await client.order(orderId, '?wait=10s');
    await sleep(SPANS_ARE_OUT_MS);
    return (cpuMs(processes) - before) / accepted.length;
  };
  const ratios: number[] = [];
  for (let n = 0; n <= PAIRS; n++) {
    const first = n % 2 === 0;
    const [one, other] = [await cpuOf(first), await cpuOf(!first)];
    if (n > 0) ratios.push(first ? one / other : other / one); // the first pair warms up
  }
  return {
    name: 'tracing.cpu-per-order.recording',
    what: 'recorded against not, same processes, median of the pairs',
    value: Math.round((percentile(ratios, 50) - 1) * 1_000) / 10,
    unit: '%',
    goal: GOALS.cpuPercent,
    rounds: PAIRS,
  };
}

const hex = (bytes: number): string => randomBytes(bytes).toString('hex');

function figures({ off, on }: Record<Mode, Round[]>, rate: number): Figure[] {
  const median = (rounds: Round[], of: keyof Round) =>
    percentile(
      rounds.map((round) => round[of]),
      50,
    );
  const figure = (name: string, what: string, value: number, unit: string, goal?: number): Figure => ({
    name: `tracing.${name}`,
    what,
    value: Math.round(value * 100) / 100,
    unit,
    rounds: ROUNDS,
    ...(goal !== undefined && { goal }),
  });
  const [cpuOff, cpuOn] = [median(off, 'cpuMsPerOrder'), median(on, 'cpuMsPerOrder')];
  const memory = median(on, 'pssMiBPerProcess') - median(off, 'pssMiBPerProcess');
  const at = `at ${rate} orders/s, median`;
  return [
    figure('cpu-per-order.off', `services, ${at}`, cpuOff, 'ms'),
    figure('cpu-per-order.on', `services, ${at}`, cpuOn, 'ms'),
    figure('cpu-per-order.more', 'on against off', (cpuOn / cpuOff - 1) * 100, '%', GOALS.cpuPercent),
    figure('cpu-per-order.store', `what the trace store takes, ${at}`, median(on, 'storeCpuMsPerOrder'), 'ms'),
    figure('memory.more', 'PSS a process, on against off', memory, 'MiB', GOALS.memoryMiB),
    figure('answer.p50.off', `POST /api/orders, ${at}`, median(off, 'answerMs'), 'ms'),
    figure('answer.p50.on', `POST /api/orders, ${at}`, median(on, 'answerMs'), 'ms'),
  ];
}
