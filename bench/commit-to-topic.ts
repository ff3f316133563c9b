import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KafkaProducer, openKafka, type ProducerRecord } from '@souk/kafka';
import { encodeOutbox, insertOutbox, LaneOutboxRelay, withTransaction } from '@souk/outbox';
import { createLogger } from '@souk/observability';
import type pg from 'pg';
import { REPO_ROOT } from '../tools/cli/src/home.ts';
import type { BenchOptions, Figure } from '../tools/cli/src/shop/benchmark.ts';
import type { ShopContext } from '../tools/cli/src/shop/context.ts';
import { createBenchDatabase } from './bench-database.ts';
import { median } from './in-turns.ts';
import { openLoad } from './open-load.ts';
import { brokersOf, onTopics } from './order-query-process.ts';
import { percentile } from './percentile.ts';
import { cpuMs, shopProcesses, type ShopProcess } from './shop-processes.ts';
import { figureOf } from './verdict.ts';

const RATE = 500;
const POLL_MS = 100;
const PATIENCE_MS = 10_000;
const logger = createLogger({ name: 'bench', level: 'warn' });

interface Round {
  readonly p50: number;
  readonly p99: number;
  readonly cpuUs: number;
}

/** From the commit of a row until the broker has acknowledged its message: a relay that is woken, and one that polls. */
export async function measureCommitToTopic(ctx: ShopContext, { say, quick }: BenchOptions): Promise<Figure[]> {
  const topic = `bench.${randomUUID()}.v1`;
  await onTopics(ctx, (admin) => admin.createTopics({ topics: [{ topic, numPartitions: 12 }], waitForLeaders: true }));
  // The tables of the outbox come with a service's migrations.
  const migrations = join(REPO_ROOT, 'services/order/migrations');
  const database = await createBenchDatabase(ctx.urls.PG_URL ?? '', 'relay', migrations);
  try {
    const [rounds, seconds] = quick ? [1, 3] : [3, 10];
    const processes = (await shopProcesses(ctx)).filter(({ name }) => name === 'postgres' || name === 'kafka');
    say(`${RATE} messages/s, woken and polling every ${POLL_MS} ms in turns, ${rounds} rounds of ${seconds} s each`);
    const work = { ctx, pool: database.pool(10), topic, processes };
    await measureRound(work, true, 2);
    const [woken, polling]: [Round[], Round[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      woken.push(await measureRound(work, true, seconds));
      polling.push(await measureRound(work, false, seconds));
    }
    return figures(woken, polling);
  } finally {
    await database.drop();
    await onTopics(ctx, (admin) => admin.deleteTopics({ topics: [topic] }));
  }
}

interface Work {
  readonly ctx: ShopContext;
  readonly pool: pg.Pool;
  readonly topic: string;
  readonly processes: readonly ShopProcess[];
}

async function measureRound({ ctx, pool, topic, processes }: Work, woken: boolean, seconds: number): Promise<Round> {
  const driver = await openKafka('kafkajs', { brokers: brokersOf(ctx), clientId: 'bench', logger });
  const producer = new TimedProducer(driver.producer());
  const relay = new LaneOutboxRelay({ pool, producer, logger, ...(woken ? {} : { pollMs: POLL_MS }) });
  await relay.start();
  const before = cpuSoFar(processes);
  const committed = new Map<string, number>();
  await openLoad(RATE, seconds, async () => {
    const key = randomUUID();
    await withTransaction(pool, (tx) => insertOutbox(tx, encodeOutbox('/bench', [aMessage(topic, key)])));
    committed.set(key, performance.now());
    if (woken) relay.wake();
  });
  for (const until = performance.now() + PATIENCE_MS; producer.acknowledged.size < committed.size; await sleep(20))
    if (performance.now() > until)
      throw new Error(`${committed.size - producer.acknowledged.size} messages never came`);
  const cpuUs = ((cpuSoFar(processes) - before) * 1_000) / committed.size;
  await relay.stop();
  await producer.close();
  // A message can be on the topic before its writer hears of the commit: that is no negative time, it is none.
  const times = [...committed].map(([key, at]) => Math.max(0, (producer.acknowledged.get(key) ?? Number.NaN) - at));
  return { p50: percentile(times, 50), p99: percentile(times, 99), cpuUs };
}

/** Notes when the broker had what was sent. */
class TimedProducer extends KafkaProducer {
  readonly acknowledged = new Map<string, number>();
  readonly #inner: KafkaProducer;

  constructor(inner: KafkaProducer) {
    super();
    this.#inner = inner;
  }

  async send(records: readonly ProducerRecord[]): Promise<void> {
    await this.#inner.send(records);
    const at = performance.now();
    for (const { key } of records) this.acknowledged.set(key, at);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

function figures(woken: readonly Round[], polling: readonly Round[]): Figure[] {
  const rounds = woken.length;
  const of = (list: readonly Round[], pick: (round: Round) => number): number => median(list.map(pick));
  const at = `commit → acknowledged by the broker, ${RATE}/s`;
  const poll = `the same with a poll every ${POLL_MS} ms`;
  const ratio = of(polling, ({ p50 }) => p50) / of(woken, ({ p50 }) => p50);
  return [
    figureOf({
      name: 'relay.cpu',
      what: `writer, relay, PostgreSQL and Kafka, a message at ${RATE}/s`,
      value: of(woken, ({ cpuUs }) => cpuUs),
      unit: 'µs',
      rounds,
    }),
    figureOf({ name: 'relay.cpu.poll', what: poll, value: of(polling, ({ cpuUs }) => cpuUs), unit: 'µs', rounds }),
    figureOf({
      name: 'relay.p50',
      what: at,
      value: of(woken, ({ p50 }) => p50),
      unit: 'ms',
      gate: 3,
      rival: 'relay.p50.poll',
      ratio: Math.round(ratio),
      rounds,
    }),
    figureOf({ name: 'relay.p99', what: at, value: of(woken, ({ p99 }) => p99), unit: 'ms', gate: 15, rounds }),
    figureOf({ name: 'relay.p50.poll', what: poll, value: of(polling, ({ p50 }) => p50), unit: 'ms', rounds }),
    figureOf({ name: 'relay.p99.poll', what: poll, value: of(polling, ({ p99 }) => p99), unit: 'ms', rounds }),
  ];
}

const aMessage = (topic: string, key: string) => ({
  topic: { name: topic },
  key,
  type: 'bench.happened.v1',
  data: { text: 'x'.repeat(300) },
  id: randomUUID(),
  time: new Date(),
});

function cpuSoFar(processes: readonly ShopProcess[]): number {
  const { user, system } = process.cpuUsage();
  return cpuMs(processes) + (user + system) / 1_000;
}
