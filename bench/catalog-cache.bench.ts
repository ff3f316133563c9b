import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { INTERNAL_AUDIENCE, INTERNAL_ISSUER } from '@souk/contracts';
import { startTestGateway } from '@souk/testing';
import { MongoClient } from 'mongodb';
import { Pool } from 'undici';
import { CliError } from '../tools/cli/src/errors.ts';
import { REPO_ROOT } from '../tools/cli/src/home.ts';
import type { Benchmark, BenchOptions, Figure } from '../tools/cli/src/shop/benchmark.ts';
import type { ShopContext } from '../tools/cli/src/shop/context.ts';
import { seedProducts } from '../tools/cli/src/shop/seed-products.ts';
import { percentile } from './percentile.ts';
import { cpuMs, type ShopProcess, shopProcesses } from './shop-processes.ts';

/** HTTP ports; the management port is one more. */
const PORTS = { off: 18_740, local: 18_750, both: 18_760 };
const WAYS = ['off', 'local', 'both'] as const;
type Way = (typeof WAYS)[number];
const DOING: Record<Way, string> = {
  off: 'every read asks the store',
  local: 'copies in the process',
  both: 'copies in the process, and shared ones in Valkey',
};
/** As tools/cli starts a service. */
const NODE_FLAGS = ['--enable-source-maps', '--max-semi-space-size=2', '--max-old-space-size=128'];
const MALLOC = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '65536' };
const READY_MS = 30_000;
const TURN_MS = 1_000;
const CALLERS = 8;
/** One read of five is a list; of the products a few are asked for most of the time. */
const LIST_EVERY = 5;
const LISTS = ['sort=newest&pageSize=12', 'sort=name', 'category=Kitchen&sort=price', 'category=Home&sort=-price'];

interface Use {
  requests: number;
  serviceMs: number;
  storeMs: number;
  loads: number;
  readonly times: number[];
}

/** The same reads by three catalogs on one store, in turns. What the servers do is theirs as a whole, so nothing else should use them: `./souk up --infra-only` is enough. */
export const benchmark: Benchmark = {
  summary: 'what copies save catalog and its store: CPU and loads a read, without, in the process, and shared',
  run: async (shop, options) => {
    const url = new URL(shop.urls.MONGO_URL ?? '');
    url.pathname = '/bench_catalog_cache';
    const client = await MongoClient.connect(url.href);
    const gateway = await startTestGateway({ issuer: INTERNAL_ISSUER, audience: INTERNAL_AUDIENCE });
    const folder = mkdtempSync(join(tmpdir(), 'bench-cache-'));
    const started: ChildProcess[] = [];
    try {
      const env = { ...MALLOC, MONGO_URL: url.href, INTERNAL_JWKS_URL: gateway.jwksUrl, ...valkeyOf(shop) };
      const services = await start(env, folder, started);
      const admin = gateway.tokenFor('admin', 'admin');
      const productIds = await seed(admin);
      const read = reader(gateway.tokenFor('anonymous'), productIds);
      const store = (await shopProcesses(shop)).filter(({ name }) => name === 'mongo' || name === 'valkey');
      return await measure({ services, store, read }, options);
    } finally {
      for (const child of started) child.kill('SIGTERM');
      gateway.stop();
      rmSync(folder, { recursive: true, force: true });
      await client.db().dropDatabase();
      await client.close();
    }
  },
};

interface Rig {
  readonly services: Record<Way, ShopProcess>;
  readonly store: readonly ShopProcess[];
  readonly read: (way: Way, n: number) => Promise<number>;
}

async function measure(rig: Rig, { seconds, say }: BenchOptions): Promise<Figure[]> {
  const rounds = Math.max(3, Math.round((seconds * 1_000) / TURN_MS / WAYS.length));
  say(`${rounds} rounds of a second each, in turns, after one that does not count`);
  const used = Object.fromEntries(WAYS.map((way) => [way, none()])) as Record<Way, Use>;
  for (const way of WAYS) await turn(rig, way, none());
  for (let round = 0; round < rounds; round++) for (const way of WAYS) await turn(rig, way, used[way]);
  return WAYS.flatMap((way) => figuresOf(way, used[way], used.off, rounds));
}

const none = (): Use => ({ requests: 0, serviceMs: 0, storeMs: 0, loads: 0, times: [] });

async function turn({ services, store, read }: Rig, way: Way, use: Use): Promise<void> {
  const [service, stores, loads] = [cpuMs([services[way]]), cpuMs(store), await loadsOf(way)];
  const end = performance.now() + TURN_MS;
  const caller = async (index: number): Promise<void> => {
    for (let n = index * 7_919; performance.now() < end; n++) use.times.push(await read(way, n));
  };
  const before = use.times.length;
  await Promise.all(Array.from({ length: CALLERS }, (_, index) => caller(index)));
  use.requests += use.times.length - before;
  use.serviceMs += cpuMs([services[way]]) - service;
  use.storeMs += cpuMs(store) - stores;
  use.loads += (await loadsOf(way)) - loads;
}

function figuresOf(way: Way, use: Use, off: Use, rounds: number): Figure[] {
  const a = (ms: number, { requests }: Use): number => (ms * 1_000) / requests;
  const figure = (name: string, what: string, value: number, unit: string, more: Partial<Figure> = {}): Figure => ({
    name: `catalog-cache.${way}.${name}`,
    what: `${what}; ${DOING[way]}`,
    value: Math.round(value * 1_000) / 1_000,
    unit,
    rounds,
    ...more,
  });
  const ratio = a(off.serviceMs, off) / a(use.serviceMs, use);
  const more = way === 'off' ? {} : { rival: 'off', ratio };
  return [
    figure('cpu', 'CPU of catalog a read', a(use.serviceMs, use), 'µs', more),
    figure('store-cpu', 'CPU of MongoDB and Valkey a read', a(use.storeMs, use), 'µs'),
    figure('loads', 'reads of the store', (use.loads * 100) / use.requests, '% of reads'),
    figure('rate', 'reads by eight callers', use.requests / rounds / (TURN_MS / 1_000), '/s'),
    figure('p50', 'a read', percentile(use.times, 50), 'ms'),
    figure('p99', 'a read', percentile(use.times, 99), 'ms'),
  ];
}

async function loadsOf(way: Way): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${PORTS[way] + 1}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith('souk_cache_loads_total{'));
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

/** Reads the nth of an endless row of reads, the same for everybody, and gives the milliseconds. */
function reader(token: string, productIds: readonly string[]): Rig['read'] {
  const pools = new Map(WAYS.map((way) => [way, new Pool(`http://127.0.0.1:${PORTS[way]}`, { connections: CALLERS })]));
  const headers = { authorization: `Bearer ${token}` };
  const pathOf = (n: number): string => {
    if (n % LIST_EVERY === 0) return `/products?${LISTS[(n / LIST_EVERY) % LISTS.length]}`;
    // Squaring a number below 1 favours the first: a quarter of the products has half of the reads.
    const share = ((n * 2_654_435_761) % 2 ** 32) / 2 ** 32;
    return `/products/${productIds[Math.floor(share ** 2 * productIds.length)]}`;
  };
  return async (way, n) => {
    const sent = performance.now();
    const answer = await pools.get(way)?.request({ method: 'GET', path: pathOf(n), headers });
    const text = await answer?.body.text();
    if (answer?.statusCode !== 200) throw new Error(`${way} answered ${pathOf(n)} with ${answer?.statusCode}: ${text}`);
    return performance.now() - sent;
  };
}

async function seed(token: string): Promise<string[]> {
  const products = await seedProducts();
  for (const { stock: _stock, ...body } of products) {
    const { status } = await fetch(`http://127.0.0.1:${PORTS.off}/admin/products`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (status !== 201 && status !== 200) throw new Error(`a product was refused with ${status}`);
  }
  return products.map(({ productId }) => productId);
}

/** The shop's own, under the keys of catalog: what is left there ends with its time to live, and a shop with other products sees none. */
function valkeyOf({ urls }: ShopContext): Record<string, string> {
  if (urls.VALKEY_URL === undefined)
    throw new CliError('there is no Valkey to measure with', 'the shop runs without one', './souk status says why');
  const url = new URL(urls.VALKEY_URL);
  if (urls.VALKEY_PASSWORD_FILE !== undefined)
    url.password = encodeURIComponent(readFileSync(urls.VALKEY_PASSWORD_FILE, 'utf8').trim());
  // A database of its own: copies of these products must not be taken for those of the shop.
  url.pathname = '/9';
  return { VALKEY_URL: url.href };
}

async function start(
  given: Record<string, string>,
  folder: string,
  started: ChildProcess[],
): Promise<Record<Way, ShopProcess>> {
  const { VALKEY_URL = '', ...env } = given;
  const settings = join(folder, 'off.yaml');
  writeFileSync(settings, 'cache: false\n');
  const own: Record<Way, Record<string, string>> = {
    off: { LIVE_SETTINGS_FILE: settings },
    local: {},
    both: { VALKEY_URL },
  };
  const services: Partial<Record<Way, ShopProcess>> = {};
  for (const way of WAYS) services[way] = await startService(way, { ...env, ...own[way] }, started);
  return services as Record<Way, ShopProcess>;
}

async function startService(way: Way, env: Record<string, string>, started: ChildProcess[]): Promise<ShopProcess> {
  const port = PORTS[way];
  const child = spawn(process.execPath, [...NODE_FLAGS, 'dist/main.js'], {
    cwd: join(REPO_ROOT, 'services/catalog'),
    // Nobody: the products of this run are none of the shop's business.
    env: {
      ...env,
      HTTP_PORT: String(port),
      MANAGEMENT_PORT: String(port + 1),
      LOG_LEVEL: 'fatal',
      KAFKA_BROKERS: '127.0.0.1:1',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  started.push(child);
  for (const until = performance.now() + READY_MS; performance.now() < until; await sleep(20)) {
    if (child.exitCode !== null) break;
    const answer = await fetch(`http://127.0.0.1:${port + 1}/readyz`).catch(() => undefined);
    if (answer?.ok) return { name: `catalog (${way})`, group: 'services', pid: child.pid ?? 0 };
  }
  throw new CliError(`catalog (${way}) did not start`, `ports ${port} and ${port + 1}`, 'free them, npm run build');
}
