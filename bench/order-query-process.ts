import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type OrderPage, topics } from '@souk/contracts';
import { Kafka, logLevel } from 'kafkajs';
import { CliError } from '../tools/cli/src/errors.ts';
import type { ShopContext } from '../tools/cli/src/shop/context.ts';
import { shopProcesses, type ShopProcess } from './shop-processes.ts';

const PORT = 18_740;
const NODE_FLAGS = ['--enable-source-maps', '--max-semi-space-size=2'];
const READY_MS = 30_000;

/** Asks the worker for a page, as `user`. */
export type Get = (path: string, user?: string) => Promise<OrderPage>;

/** The worker, and the stores behind it where they are this machine's. */
export interface Processes {
  readonly own: ShopProcess[];
  readonly postgres: ShopProcess[];
}

export const management = `http://127.0.0.1:${PORT + 1}`;

export async function rebuilt(): Promise<{ startedAt: string; finishedAt: string; done: number }> {
  for (;;) {
    const status = (await (await fetch(`${management}/rebuild`)).json()) as {
      state: string;
      error?: string;
      done: number;
    };
    if (status.state === 'done') return status as unknown as Awaited<ReturnType<typeof rebuilt>>;
    if (status.state === 'failed') throw new Error(`the rebuild failed: ${status.error}`);
    await sleep(100);
  }
}

export function asker(tokenFor: (user: string) => string): Get {
  const tokens = new Map<string, string>();
  return async (path, user = 'admin') => {
    const token = tokens.get(user) ?? tokenFor(user);
    tokens.set(user, token);
    const answer = await fetch(`http://127.0.0.1:${PORT}${path}`, { headers: { authorization: `Bearer ${token}` } });
    const page = (await answer.json()) as OrderPage;
    if (answer.status === 200) return page;
    throw new Error(`${path} answered ${answer.status} ${JSON.stringify(page)}`);
  };
}

export async function startWorker(
  ctx: ShopContext,
  { prefix, mongo, source, jwks }: { prefix: string; mongo: string; source: string; jwks: string },
): Promise<ChildProcess> {
  const script = join(import.meta.dirname, 'order-query-worker.ts');
  const child = spawn(process.execPath, [...NODE_FLAGS, script, prefix], {
    env: {
      HTTP_PORT: String(PORT),
      MANAGEMENT_PORT: String(PORT + 1),
      LOG_LEVEL: 'warn',
      KAFKA_BROKERS: brokersOf(ctx).join(','),
      MONGO_URL: mongo,
      DATABASE_URL: source,
      INTERNAL_JWKS_URL: jwks,
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  for (
    const until = performance.now() + READY_MS;
    performance.now() < until && child.exitCode === null;
    await sleep(50)
  ) {
    const answer = await fetch(`${management}/readyz`).catch(() => undefined);
    if (answer?.status === 200) return child;
  }
  child.kill('SIGTERM');
  throw new CliError('order-query did not start', `ports ${PORT} and ${PORT + 1}`, 'free them, then npm run build');
}

export async function processesOf(ctx: ShopContext, worker: ChildProcess): Promise<Processes> {
  const infra = await shopProcesses(ctx);
  const named = (name: string): ShopProcess[] => infra.filter((process) => process.name === name);
  return {
    own: [{ name: 'order-query', group: 'services', pid: worker.pid ?? 0 }, ...named('mongo')],
    postgres: named('postgres'),
  };
}

export const names = (prefix: string): string[] =>
  [topics.orderEvents, topics.catalogProducts, topics.orderQueryDeadLetters].map(({ name }) => `${prefix}${name}`);

export const brokersOf = ({ urls }: ShopContext): string[] =>
  (urls.KAFKA_URL ?? '').replace(/^kafka:\/\//, '').split(',');

export async function onTopics(
  ctx: ShopContext,
  act: (admin: ReturnType<Kafka['admin']>) => Promise<unknown>,
): Promise<void> {
  const admin = new Kafka({ brokers: brokersOf(ctx), clientId: 'bench', logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    await act(admin);
  } finally {
    await admin.disconnect();
  }
}
