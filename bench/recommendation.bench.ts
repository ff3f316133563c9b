import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { INTERNAL_AUDIENCE, INTERNAL_ISSUER } from '@souk/contracts';
import { startTestGateway } from '@souk/testing';
import { MongoClient } from 'mongodb';
import { Pool } from 'undici';
import { CliError } from '../tools/cli/src/errors.ts';
import { REPO_ROOT } from '../tools/cli/src/home.ts';
import type { Benchmark, BenchOptions, Figure } from '../tools/cli/src/shop/benchmark.ts';
import { openLoad } from './open-load.ts';
import { percentile } from './percentile.ts';
import { BASKETS, CUSTOMERS, fillMarket, PRODUCTS, productIdOf } from './recommendation-data.ts';
import { cpuMs, pssMiB, type ShopProcess } from './shop-processes.ts';

/** HTTP ports; the management port is one more. */
const PORTS = { index: 18_710, popular: 18_720, scan: 18_730 };
/** As tools/cli starts a service. */
const NODE_FLAGS = ['--enable-source-maps', '--max-semi-space-size=2', '--max-old-space-size=128'];
const MALLOC = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '65536' };
const READY_MS = 60_000;
const WARM_UP_CALLS = 500;
/** Questions a second where latencies are measured: far from saturation, in an open model. */
const RATE = 100;
/** See KAFKA_BROKERS below; measured on an idle service. */
const BROKER_MIB = 25;
const WITHOUT_BROKER = `without a broker, which adds about ${BROKER_MIB} MiB`;
const GOALS = { p50Ms: 3, p99Ms: 10, pssMiB: 150 - BROKER_MIB };

type Way = keyof typeof PORTS;
type Gateway = Awaited<ReturnType<typeof startTestGateway>>;

/** The service alone on 100,000 baskets, against answering with popularity only and against counting all baskets each time. */
export const benchmark: Benchmark = {
  summary: `answers of recommendation with ${PRODUCTS} products and ${BASKETS} baskets`,
  run: async ({ urls }, options) => {
    const url = new URL(urls.MONGO_URL ?? '');
    url.pathname = '/bench_recommendation';
    const client = await MongoClient.connect(url.href);
    const gateway = await startTestGateway({ issuer: INTERNAL_ISSUER, audience: INTERNAL_AUDIENCE });
    const started: ChildProcess[] = [];
    try {
      options.say(`writing ${BASKETS} baskets of ${CUSTOMERS} customers`);
      await fillMarket(client.db(), (number, salt) => customerKey(userOf(number), salt));
      return await measure({ url: url.href, gateway, started }, options);
    } finally {
      for (const child of started) child.kill('SIGTERM');
      gateway.stop();
      await client.db().dropDatabase();
      await client.close();
    }
  },
};

interface Setting {
  readonly url: string;
  readonly gateway: Gateway;
  readonly started: ChildProcess[];
}

async function measure(setting: Setting, { seconds, say }: BenchOptions): Promise<Figure[]> {
  const began = performance.now();
  const index = await startService(setting, 'index');
  const startMs = performance.now() - began;
  const startCpuMs = cpuMs([index]);
  const popular = await startService(setting, 'popular', { SOUK_VARIANTS: 'recommendation-popular' });
  const scan = await startScan(setting);
  const processes = { index, popular, scan };
  const ask = asker(setting.gateway);
  const idle = pssMiB([index]);
  say(`${WARM_UP_CALLS} calls of warm-up each, then all three in turns for ${seconds} s`);
  const cpu = await inTurns(processes, (way, n) => ask(way, `?productId=${productIdOf(n % PRODUCTS)}`), seconds);
  const latencies = async (
    what: string,
    query: (n: number) => string,
    user?: (n: number) => string,
  ): Promise<Figure[]> => {
    say(`${what}: ${RATE} a second for ${seconds} s`);
    const times = await openLoad(RATE, seconds, (n) => ask('index', query(n), user?.(n)));
    return [50, 99].map((p) => {
      const goal = p === 50 ? GOALS.p50Ms : GOALS.p99Ms;
      return figure(`${what}.p${p}`, `an answer, at ${RATE} a second`, percentile(times, p), 'ms', {
        rounds: times.length,
        goal,
      });
    });
  };
  const forProduct = await latencies('product', (n) => `?productId=${productIdOf(n % PRODUCTS)}`);
  const forCustomer = await latencies(
    'customer',
    () => '?customer=me',
    (n) => userOf(n % 500),
  );
  await ask.close();
  const rivals = (['popular', 'scan'] as const).map((rival) => cpuFigure(rival, cpu[rival], { rounds: cpu.rounds }));
  return [
    cpuFigure('index', cpu.index, { rounds: cpu.rounds, rival: 'scan', ratio: cpu.scan / cpu.index }),
    ...rivals,
    ...forProduct,
    ...forCustomer,
    figure('start', 'from nothing to ready', startMs, 'ms', {}),
    figure('start.cpu', 'CPU of that', startCpuMs, 'ms', {}),
    figure('pss.ready', `PSS with all baskets, before the first question; ${WITHOUT_BROKER}`, idle, 'MiB', {
      goal: GOALS.pssMiB,
    }),
    figure('pss.loaded', `PSS after the last; ${WITHOUT_BROKER}`, pssMiB([index]), 'MiB', { goal: GOALS.pssMiB }),
  ];
}

const DOING: Record<Way, string> = {
  index: 'CPU of an answer by the index',
  popular: 'rival: the same service, popularity only (other answers)',
  scan: 'rival: a bare server that counts all baskets for each answer',
};
const cpuFigure = (way: Way, ms: number, more: Partial<Figure>): Figure =>
  figure(`cpu.${way}`, DOING[way], ms, 'ms', more);

/** CPU milliseconds a call of each process, called in turns so that all meet the same machine. */
async function inTurns(
  processes: Record<Way, ShopProcess>,
  call: (way: Way, n: number) => Promise<unknown>,
  seconds: number,
) {
  const ways = Object.keys(PORTS) as Way[];
  for (let n = 0; n < WARM_UP_CALLS; n++) for (const way of ways) await call(way, n);
  const used = (): number[] => ways.map((way) => cpuMs([processes[way]]));
  const before = used();
  let rounds = 0;
  for (const end = performance.now() + seconds * 1_000; performance.now() < end; rounds++) {
    for (const way of ways) await call(way, rounds);
  }
  const after = used();
  const perCall = Object.fromEntries(ways.map((way, i) => [way, ((after[i] ?? 0) - (before[i] ?? 0)) / rounds]));
  return { ...(perCall as Record<Way, number>), rounds };
}

/** Asks one process and gives the milliseconds; an answer without ten items ends the run. */
function asker(gateway: Gateway) {
  const pools = new Map(
    Object.entries(PORTS).map(([way, port]) => [way, new Pool(`http://127.0.0.1:${port}`, { connections: 4 })]),
  );
  const tokens = new Map<string, string>();
  const ask = async (way: Way, query: string, user = 'anonymous'): Promise<number> => {
    const token = tokens.get(user) ?? gateway.tokenFor(user, 'customer');
    tokens.set(user, token);
    const sent = performance.now();
    const headers = { authorization: `Bearer ${token}` };
    const answer = await pools.get(way)?.request({ method: 'GET', path: `/recommendations${query}`, headers });
    const text = await answer?.body.text();
    const took = performance.now() - sent;
    const { items } = JSON.parse(text ?? '{}') as { items?: unknown[] };
    if (items?.length !== 10)
      throw new Error(`${way} answered ${query} with ${answer?.statusCode} ${text?.slice(0, 200)}`);
    return took;
  };
  return Object.assign(ask, { close: () => Promise.all([...pools.values()].map((pool) => pool.close())) });
}

async function startService(
  { url, gateway, started }: Setting,
  way: Way,
  more: Record<string, string> = {},
): Promise<ShopProcess> {
  const cwd = join(REPO_ROOT, 'services/recommendation');
  const port = PORTS[way];
  const child = spawn(process.execPath, [...NODE_FLAGS, 'dist/main.js'], {
    cwd,
    env: {
      ...MALLOC,
      HTTP_PORT: String(port),
      MANAGEMENT_PORT: String(port + 1),
      MONGO_URL: url,
      INTERNAL_JWKS_URL: gateway.jwksUrl,
      LOG_LEVEL: 'fatal',
      // Nobody: with the shop's broker it would join the group of the running service and take partitions from it.
      KAFKA_BROKERS: '127.0.0.1:1',
      ...more,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  started.push(child);
  for (const until = performance.now() + READY_MS; performance.now() < until; await sleep(20)) {
    if (child.exitCode !== null) break;
    const answer = await fetch(`http://127.0.0.1:${port + 1}/readyz`).catch(() => undefined);
    const { checks } = ((await answer?.json()) ?? {}) as { checks?: Record<string, { ok: boolean }> };
    if (checks?.['market']?.ok) return { name: way, group: 'services', pid: child.pid ?? 0 };
  }
  throw new CliError(
    `recommendation (${way}) did not start`,
    `ports ${port} and ${port + 1}`,
    'free them, then npm run build',
  );
}

async function startScan({ url, started }: Setting): Promise<ShopProcess> {
  const script = join(import.meta.dirname, 'recommendation-scan.ts');
  const child = spawn(process.execPath, [script, String(PORTS.scan), url], { stdio: ['ignore', 'pipe', 'inherit'] });
  started.push(child);
  await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error('the rival did not start'))),
  ]);
  return { name: 'scan', group: 'services', pid: child.pid ?? 0 };
}

const userOf = (number: number): string => `bench-${number}`;

/** As services/recommendation/src/persistence/keys.ts. */
const customerKey = (user: string, salt: string): number =>
  Number(createHmac('sha256', salt).update(user).digest().readBigUInt64BE() >> 11n);

function figure(name: string, what: string, value: number, unit: string, more: Partial<Figure>): Figure {
  return { name: `recommendation.${name}`, what, value: Math.round(value * 1_000) / 1_000, unit, rounds: 1, ...more };
}
