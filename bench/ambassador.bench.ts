import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { CliError } from '../tools/cli/src/errors.ts';
import { REPO_ROOT } from '../tools/cli/src/home.ts';
import type { Benchmark, BenchOptions, Figure } from '../tools/cli/src/shop/benchmark.ts';
import { percentile } from './percentile.ts';
import { cpuMs, pssMiB, type ShopProcess } from './shop-processes.ts';

const PORTS = { upstream: 18_690, ambassador: 18_691, management: 18_692 };
/** As in a pod (sidecars/ambassador/README.md). */
const NODE_FLAGS = ['--enable-source-maps', '--max-semi-space-size=1', '--max-old-space-size=32'];
const ENV = { MALLOC_ARENA_MAX: '1', MALLOC_TRIM_THRESHOLD_: '65536' };
const WARM_UP_CALLS = 1_500;
const READY_MS = 10_000;
const ADDED_P50_GOAL_MS = 2;
const IDLE_GOAL_MIB = 50;
const BODY = JSON.stringify({
  orderId: '0198c5a0-0000-7000-8000-000000000000',
  amount: { amount: 5_499, currency: 'EUR' },
  method: { type: 'card', token: 'tok_visa' },
});

/** Answers every call at once; a process of its own, so that its work is in nobody's figure. */
const UPSTREAM = `require('node:http').createServer((request, response) => {
  request.resume().on('end', () => {
    response.writeHead(201, { 'content-type': 'application/json' }).end(${JSON.stringify(JSON.stringify({ paymentId: 'x', status: 'authorised' }))});
  });
}).listen(${PORTS.upstream}, '127.0.0.1', () => console.log('up'));`;

/** What the way through the ambassador costs against calling the same upstream directly, in turns. Needs nothing of the shop. */
export const benchmark: Benchmark = {
  summary: 'what a call through the ambassador costs against a direct one',
  run: async (_ctx, options) => {
    const folder = mkdtempSync(join(tmpdir(), 'souk-bench-'));
    const children: ChildProcess[] = [];
    try {
      children.push(await startUpstream());
      const ambassador = startAmbassador(folder);
      children.push(ambassador);
      await ready();
      return await measure({ name: 'ambassador', group: 'services', pid: ambassador.pid ?? 0 }, options);
    } finally {
      for (const child of children) child.kill('SIGTERM');
      rmSync(folder, { recursive: true });
    }
  },
};

async function measure(ambassador: ShopProcess, { seconds, say }: BenchOptions): Promise<Figure[]> {
  const idleMiB = pssMiB([ambassador]);
  const ways = { direct: caller(PORTS.upstream), through: caller(PORTS.ambassador) };
  say(`${WARM_UP_CALLS} calls of warm-up, then direct and through the ambassador in turns for ${seconds} s`);
  for (let index = 0; index < WARM_UP_CALLS; index++) await ways[index % 2 === 0 ? 'direct' : 'through'].call();
  const times: Record<keyof typeof ways, number[]> = { direct: [], through: [] };
  const cpuBefore = cpuMs([ambassador]);
  for (const end = performance.now() + seconds * 1_000; performance.now() < end;) {
    times.direct.push(await ways.direct.call());
    times.through.push(await ways.through.call());
  }
  const cpuPerCall = (cpuMs([ambassador]) - cpuBefore) / times.through.length;
  await Promise.all([ways.direct.close(), ways.through.close()]);
  const at = (way: keyof typeof ways, p: number): number => percentile(times[way], p);
  const rounds = times.through.length;
  return [
    figure(
      'added.p50',
      'through it, less a direct call',
      at('through', 50) - at('direct', 50),
      'ms',
      rounds,
      ADDED_P50_GOAL_MS,
    ),
    figure('added.p99', 'through it, less a direct call', at('through', 99) - at('direct', 99), 'ms', rounds),
    figure('direct.p50', 'a direct call', at('direct', 50), 'ms', rounds),
    figure('direct.p99', 'a direct call', at('direct', 99), 'ms', rounds),
    figure('cpu-per-call', 'CPU of the ambassador', cpuPerCall, 'ms', rounds),
    figure('pss.idle', 'PSS before the first call', idleMiB, 'MiB', 1, IDLE_GOAL_MIB),
    figure('pss.loaded', 'PSS after the last', pssMiB([ambassador]), 'MiB', 1),
  ];
}

function caller(port: number): { call: () => Promise<number>; close: () => Promise<void> } {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: 1 });
  const call = async (): Promise<number> => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
    const began = performance.now();
    const answer = await pool.request({ method: 'POST', path: '/payments/authorise', headers, body: BODY });
    await answer.body.dump();
    if (answer.statusCode !== 201) throw new Error(`port ${port} answered ${answer.statusCode}`);
    return performance.now() - began;
  };
  return { call, close: () => pool.close() };
}

async function startUpstream(): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', UPSTREAM], { stdio: ['ignore', 'pipe', 'inherit'] });
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit').then(() => Promise.reject(portTaken()))]);
  return child;
}

function startAmbassador(folder: string): ChildProcess {
  const config = join(folder, 'ambassador.yaml');
  const upstream = { listen: `127.0.0.1:${PORTS.ambassador}`, url: `http://127.0.0.1:${PORTS.upstream}` };
  writeFileSync(config, JSON.stringify({ upstreams: { payment: upstream } }));
  return spawn(process.execPath, [...NODE_FLAGS, join(REPO_ROOT, 'sidecars/ambassador/dist/main.js')], {
    env: { ...ENV, AMBASSADOR_CONFIG: config, MANAGEMENT_PORT: String(PORTS.management), LOG_LEVEL: 'info' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function ready(): Promise<void> {
  for (const until = performance.now() + READY_MS; performance.now() < until; await sleep(50)) {
    const answer = await fetch(`http://127.0.0.1:${PORTS.management}/readyz`).catch(() => undefined);
    if (answer?.ok) return;
  }
  throw portTaken();
}

const portTaken = (): CliError =>
  new CliError(
    'the ambassador or its upstream did not start',
    `ports ${Object.values(PORTS).join(', ')}`,
    'free them, then npm run build',
  );

function figure(name: string, what: string, value: number, unit: string, rounds: number, goal?: number): Figure {
  const rounded = Math.round(value * 1_000) / 1_000;
  return { name: `ambassador.${name}`, what, value: rounded, unit, ...(goal === undefined ? {} : { goal }), rounds };
}
