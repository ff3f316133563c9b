import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Benchmark, BenchOptions, Figure } from '../tools/cli/src/shop/benchmark.ts';
import type { ShopContext } from '../tools/cli/src/shop/context.ts';
import type { Result, Task } from './kafka-driver-worker.ts';
import { brokersOf, onTopics } from './order-query-process.ts';
import { pssMiB } from './shop-processes.ts';

const DRIVERS = ['kafkajs', 'platformatic'] as const;
type Driver = (typeof DRIVERS)[number];

const RATE = 500;
/** As the services are started. */
const NODE_FLAGS = ['--max-semi-space-size=2', '--max-old-space-size=128'];

interface Measure {
  readonly name: string;
  readonly what: string;
  readonly unit: string;
  readonly of: (results: Results) => number | undefined;
}
/** Of one round of one driver. */
interface Results {
  readonly idle: Result;
  readonly throughput: Result;
  readonly latency: Result;
  readonly rebalance: Result;
}

const MEASURES: readonly Measure[] = [
  {
    name: 'produce.cpu',
    what: 'CPU a message produced, in batches of 500 of 300 bytes',
    unit: 'µs',
    of: (r) => r.throughput['produceCpu'],
  },
  { name: 'consume.cpu', what: 'CPU a message consumed', unit: 'µs', of: (r) => r.throughput['consumeCpu'] },
  { name: 'produce.rate', what: 'messages produced', unit: '1/s', of: (r) => r.throughput['produced'] },
  { name: 'consume.rate', what: 'messages consumed', unit: '1/s', of: (r) => r.throughput['consumed'] },
  { name: 'latency.p50', what: `send → handler at ${RATE}/s, one by one`, unit: 'ms', of: (r) => r.latency['p50'] },
  { name: 'latency.p99', what: `send → handler at ${RATE}/s, one by one`, unit: 'ms', of: (r) => r.latency['p99'] },
  {
    name: 'latency.cpu',
    what: `CPU a message at ${RATE}/s, sent and handled`,
    unit: 'µs',
    of: (r) => r.latency['cpu'],
  },
  {
    name: 'rebalance',
    what: 'longest wait of a message while a member comes and goes',
    unit: 'ms',
    of: (r) => r.rebalance['longest'],
  },
  {
    name: 'idle.cpu',
    what: 'CPU a second of a member that nothing happens to',
    unit: 'ms/s',
    of: (r) => r.idle['cpu'],
  },
  {
    name: 'memory',
    what: 'PSS of a process with a producer and a member, idle',
    unit: 'MiB',
    of: (r) => r.idle['memory'],
  },
];

/** What each Kafka driver costs and how fast it is, in turns, each in a process of its own against the shop's broker. */
export const benchmark: Benchmark = {
  summary: 'the two Kafka drivers side by side',
  run: async (ctx, options) => {
    const rounds = options.quick ? 1 : 3;
    const all: Record<Driver, Results[]> = { kafkajs: [], platformatic: [] };
    for (let round = 0; round < rounds; round++) {
      for (const driver of round % 2 === 0 ? DRIVERS : DRIVERS.toReversed()) {
        options.say(`round ${round + 1} of ${rounds}: ${driver}`);
        all[driver].push(await measure(ctx, driver, options));
      }
    }
    return MEASURES.flatMap((one) => DRIVERS.map((driver) => figureOf(one, driver, all)));
  },
};

async function measure(ctx: ShopContext, driver: Driver, { quick }: BenchOptions): Promise<Results> {
  const topic = `bench.drivers.${randomBytes(4).toString('hex')}.v1`;
  await onTopics(ctx, (admin) => admin.createTopics({ topics: [{ topic, numPartitions: 12 }], waitForLeaders: false }));
  const seconds = quick ? 3 : 10;
  const run = (...tasks: Task[]) => inProcess(driver, brokersOf(ctx), topic, tasks);
  try {
    const [idle] = await run({ task: 'idle' });
    const [latency, throughput, rebalance] = await run(
      { task: 'latency', rate: RATE, seconds },
      { task: 'throughput', messages: quick ? 20_000 : 100_000 },
      { task: 'rebalance', rate: RATE / 2, seconds: 9 },
    );
    if (!idle || !latency || !throughput || !rebalance) throw new Error(`${driver} gave no result`);
    return { idle, latency, throughput, rebalance };
  } finally {
    await onTopics(ctx, (admin) => admin.deleteTopics({ topics: [topic] }));
  }
}

async function inProcess(driver: Driver, brokers: string[], topic: string, tasks: Task[]): Promise<Result[]> {
  const worker = fork(join(import.meta.dirname, 'kafka-driver-worker.ts'), [driver, brokers.join(','), topic], {
    execArgv: NODE_FLAGS,
  });
  try {
    await next(worker);
    const results: Result[] = [];
    for (const task of tasks) {
      worker.send(task);
      const result = await next(worker);
      const memory = pssMiB([{ name: driver, group: 'services', pid: worker.pid ?? 0 }]);
      results.push({ ...result, memory });
    }
    return results;
  } finally {
    worker.kill('SIGKILL');
  }
}

async function next(worker: ChildProcess): Promise<Result> {
  const ended = once(worker, 'exit').then(() => Promise.reject(new Error('the measuring process ended: see above')));
  const [result] = (await Promise.race([once(worker, 'message'), ended])) as [Result];
  ended.catch(() => undefined);
  return result;
}

function figureOf({ name, what, unit, of }: Measure, driver: Driver, all: Record<Driver, Results[]>): Figure {
  const value = median(all[driver].map((results) => of(results) ?? NaN));
  const rival = DRIVERS.find((each) => each !== driver) ?? driver;
  const ratio = value / median(all[rival].map((results) => of(results) ?? NaN));
  return { name: `kafka-drivers.${driver}.${name}`, what, value, unit, rival, ratio, rounds: all[driver].length };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
