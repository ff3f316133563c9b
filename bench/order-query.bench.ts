import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { INTERNAL_AUDIENCE, INTERNAL_ISSUER, topics } from '@souk/contracts';
import { type KafkaProducer, openKafka } from '@souk/kafka';
import { encodeHeaders } from '@souk/outbox';
import { createLogger } from '@souk/observability';
import { startTestGateway } from '@souk/testing';
import { MongoClient } from 'mongodb';
import type pg from 'pg';
import type { Benchmark, BenchOptions, Figure } from '../tools/cli/src/shop/benchmark.ts';
import type { ShopContext } from '../tools/cli/src/shop/context.ts';
import { openLoad } from './open-load.ts';
import { createOrders, dropOrders, newOrder, ORDERS, skuOf, userOf } from './order-query-data.ts';
import {
  asker,
  brokersOf,
  type Get,
  management,
  names,
  onTopics,
  type Processes,
  processesOf,
  rebuilt,
  startWorker,
} from './order-query-process.ts';
import { percentile } from './percentile.ts';
import { cpuMs, pssMiB } from './shop-processes.ts';

const DATABASE = 'bench_order_query';
const GOALS = { listMs: 20, lagMs: 300, rebuildSeconds: 60 };
const LAG_RATE = 100;
const LIST_RATE = 50;
const WARM_UP = 200;
const POLL_MS = 10;
const PAGE = 100;

interface Bench {
  readonly ctx: ShopContext;
  readonly options: BenchOptions;
  readonly prefix: string;
  readonly pool: pg.Pool;
  readonly get: Get;
  readonly processes: Processes;
}

/** The read side alone, with stores and topics of its own, against reading the same lists from order's event table. */
export const benchmark: Benchmark = {
  summary: `lists, rebuild and lag of order-query with ${ORDERS} orders`,
  run: async (ctx, options) => {
    const prefix = `bench.${Date.now().toString(36)}.`;
    const mongo = new URL(ctx.urls.MONGO_URL ?? '');
    mongo.pathname = `/${DATABASE}`;
    const client = await MongoClient.connect(mongo.href);
    const gateway = await startTestGateway({ issuer: INTERNAL_ISSUER, audience: INTERNAL_AUDIENCE });
    let worker: ChildProcess | undefined;
    let pool: pg.Pool | undefined;
    try {
      await client.db().dropDatabase();
      await onTopics(ctx, (admin) =>
        admin.createTopics({ topics: names(prefix).map((topic) => ({ topic, numPartitions: 12 })) }),
      );
      options.say(`writing ${ORDERS} orders into order's event table`);
      const source = await createOrders(ctx.urls.PG_URL ?? '', DATABASE);
      pool = source.pool;
      worker = await startWorker(ctx, { prefix, mongo: mongo.href, source: source.url, jwks: gateway.jwksUrl });
      const get = asker((user) => gateway.tokenFor(user, 'customer', 'admin'));
      return await measure({ ctx, options, prefix, pool, get, processes: await processesOf(ctx, worker) });
    } finally {
      worker?.kill('SIGTERM');
      await pool?.end();
      gateway.stop();
      await onTopics(ctx, (admin) => admin.deleteTopics({ topics: names(prefix) })).catch(() => undefined);
      await client.db().dropDatabase();
      await client.close();
      await dropOrders(ctx.urls.PG_URL ?? '', DATABASE);
    }
  },
};

async function measure(bench: Bench): Promise<Figure[]> {
  return [...(await measureRebuild(bench)), ...(await measureLists(bench)), ...(await measureLag(bench))];
}

/** The worker rebuilds by itself when it finds no views; that one fills, a second one is measured, with everything warm. */
async function measureRebuild({ options, processes }: Bench): Promise<Figure[]> {
  options.say('first fill');
  await rebuilt();
  options.say('rebuild');
  const before = [cpuMs(processes.own), cpuMs(processes.postgres)];
  const answer = await fetch(`${management}/rebuild`, { method: 'POST' });
  if (answer.status !== 202) throw new Error(`the rebuild was not started: ${answer.status}`);
  const { startedAt, finishedAt, done } = await rebuilt();
  const cpu = cpuMs(processes.own) - (before[0] ?? 0) + cpuMs(processes.postgres) - (before[1] ?? 0);
  const seconds = (Date.parse(finishedAt) - Date.parse(startedAt)) / 1_000;
  return [
    figure('cpu.rebuild', 'CPU of an order rebuilt: service and both stores', cpu / done, 'ms'),
    figure('rebuild', `all views of ${done} orders`, seconds, 's', { goal: GOALS.rebuildSeconds }),
    figure('pss.rebuilt', 'PSS of the service after two rebuilds', pssMiB(processes.own.slice(0, 1)), 'MiB'),
  ];
}

const LISTS: Readonly<Record<string, (n: number) => string>> = {
  own: () => '/orders?limit=20',
  everybody: () => '/admin/orders?limit=20',
  status: () => '/admin/orders?limit=20&status=rejected',
  sku: (n) => `/admin/orders?limit=20&sku=${skuOf(n)}`,
};

async function measureLists({ options, get, processes, pool }: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (let n = 0; n < WARM_UP; n++) await fromEvents(pool, userOf(n));
  const rounds = Math.max(100, 10 * options.seconds);
  const rivalBefore = cpuMs(processes.postgres);
  const rivalTimes: number[] = [];
  for (let n = 0; n < rounds; n++) rivalTimes.push(await timed(() => fromEvents(pool, userOf(n))));
  const rivalCpu = (cpuMs(processes.postgres) - rivalBefore) / rounds;
  for (const [name, path] of Object.entries(LISTS)) {
    for (let n = 0; n < WARM_UP; n++) await get(path(n), userOf(n));
    const before = cpuMs(processes.own);
    for (let n = 0; n < rounds; n++) await get(path(n), userOf(n));
    const cpu = (cpuMs(processes.own) - before) / rounds;
    options.say(`list ${name}: ${LIST_RATE} a second for ${options.seconds} s`);
    const times = await openLoad(LIST_RATE, options.seconds, (n) => timed(() => get(path(n), userOf(n))));
    const versus = name === 'own' ? { rival: "order's event table", ratio: rivalCpu / cpu } : {};
    figures.push(
      figure(`cpu.list.${name}`, 'CPU of a page: service and its store', cpu, 'ms', { rounds, ...versus }),
      figure(`list.${name}.p50`, `a page at ${LIST_RATE} a second`, percentile(times, 50), 'ms', {
        rounds: times.length,
      }),
      figure(`list.${name}.p95`, `a page at ${LIST_RATE} a second`, percentile(times, 95), 'ms', {
        rounds: times.length,
        goal: GOALS.listMs,
      }),
    );
  }
  const next = await followPages(get);
  return [
    ...figures,
    figure('list.page-100.p95', 'the 2nd to 100th page of everybody’s', percentile(next, 95), 'ms', {
      rounds: next.length,
      goal: GOALS.listMs,
    }),
    figure('cpu.rival', "rival: own orders from order's event table, PostgreSQL alone", rivalCpu, 'ms', { rounds }),
    figure('rival.p95', 'rival: the same, one after the other', percentile(rivalTimes, 95), 'ms', { rounds }),
  ];
}

async function followPages(get: Get): Promise<number[]> {
  const times: number[] = [];
  for (let cursor = ''; times.length < PAGE;) {
    const began = performance.now();
    const { next } = await get(`/admin/orders?limit=20${cursor}`);
    times.push(performance.now() - began);
    if (next === undefined) throw new Error('the pages ended early');
    cursor = `&cursor=${next}`;
  }
  return times.slice(1);
}

/** What the read side is for: the write side has no index by user, and an order is the fold of its events. */
const fromEvents = (pool: pg.Pool, user: string) =>
  pool.query({
    name: 'own-orders',
    text: `select o.order_id, json_agg(json_build_object('version', e.version, 'type', e.type, 'at', e.at, 'data', e.data) order by e.version)
      from (select order_id from orders where user_id = $1 order by created_at desc limit 20) o join order_events e using (order_id)
      group by o.order_id`,
    values: [user],
  });

/** Each order is an event of its own; seen when the list of everybody's newest has it. */
async function measureLag({ ctx, options, prefix, get, processes }: Bench): Promise<Figure[]> {
  const { seconds, say } = options;
  say(`lag: ${LAG_RATE} orders a second for ${seconds} s`);
  const driver = await openKafka('kafkajs', {
    brokers: brokersOf(ctx),
    clientId: 'bench',
    logger: createLogger({ name: 'bench', level: 'fatal' }),
  });
  const producer = driver.producer();
  const sentAt = new Map<string, number>();
  const lags: number[] = [];
  let watching = true;
  const watch = (async () => {
    while (watching || sentAt.size > 0) {
      const { items } = await get(`/admin/orders?limit=${PAGE}`);
      const now = performance.now();
      for (const { orderId } of items) {
        const sent = sentAt.get(orderId);
        if (sent === undefined) continue;
        sentAt.delete(orderId);
        lags.push(now - sent);
      }
      await sleep(POLL_MS);
    }
  })();
  const publish = (n: number): Promise<void> => publishOrder(producer, prefix, n, sentAt);
  await openLoad(LAG_RATE, 3, publish);
  lags.length = 0;
  const before = cpuMs(processes.own);
  await openLoad(LAG_RATE, seconds, (n) => publish(3 * LAG_RATE + n));
  const cpu = (cpuMs(processes.own) - before) / (LAG_RATE * seconds);
  watching = false;
  await Promise.race([watch, sleep(10_000)]);
  await producer.close();
  const what = `published → in the list, at ${LAG_RATE} orders a second`;
  return [
    figure('cpu.projected', 'CPU of an order projected, with the looking', cpu, 'ms', { rounds: lags.length }),
    figure('lag.p50', what, percentile(lags, 50), 'ms', { rounds: lags.length }),
    figure('lag.p95', what, percentile(lags, 95), 'ms', { rounds: lags.length, goal: GOALS.lagMs }),
    figure('lag.lost', 'published and never seen', sentAt.size, 'orders', { goal: 0 }),
  ];
}

async function publishOrder(
  producer: KafkaProducer,
  prefix: string,
  n: number,
  sentAt: Map<string, number>,
): Promise<void> {
  const now = new Date();
  const order = newOrder(n, now);
  const topic = `${prefix}${topics.orderEvents.name}`;
  const message = {
    topic: { name: topic },
    key: order.orderId,
    type: 'order.confirmed.v1',
    data: order,
    id: order.orderId,
    time: now,
  };
  sentAt.set(order.orderId, performance.now());
  await producer.send([
    { topic, key: order.orderId, headers: encodeHeaders('/bench', message), value: JSON.stringify(order) },
  ]);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function figure(name: string, what: string, value: number, unit: string, more: Partial<Figure> = {}): Figure {
  return { name: `order-query.${name}`, what, value: Math.round(value * 1_000) / 1_000, unit, rounds: 1, ...more };
}
