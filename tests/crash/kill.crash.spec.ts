import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readLedgers } from '../../tools/cli/src/shop/audit/read-ledgers.ts';
import { shopContext } from '../../tools/cli/src/shop/context.ts';
import { waitFor } from '../../tools/cli/src/shop/wait-for.ts';
import { Regular } from './support/customer.ts';
import { INSTANCE, processes, purge, SERVICES, souk, soukOk, type ProcessLine } from './support/souk.ts';

const ORDERS_PER_SECOND = 6;
const LOAD_MS = 50_000;
const BETWEEN_KILLS_MS = 1_000;
const RECOVERY_MS = 20_000;
const TERMINAL_MS = 60_000;

interface Recovery {
  victim: string;
  ms: number;
}

let customer: Regular;
let firstOrderId: string;
let before: ProcessLine[];
let after: ProcessLine[];
const recoveries: Recovery[] = [];

/** Orders keep coming, answered or not, until told to stop. */
async function load(stopped: AbortSignal): Promise<void> {
  const attempts: Promise<unknown>[] = [];
  const began = performance.now();
  for (let index = 0; !stopped.aborted; index++) {
    attempts.push(customer.order(index));
    const wait = began + ((index + 1) * 1_000) / ORDERS_PER_SECOND - performance.now();
    if (wait > 0) await sleep(wait);
  }
  await Promise.all(attempts);
}

/** Kills one process and measures until the catalog answers and an order placed after the kill is confirmed. */
async function killAndRecover({ name, pid, kind }: ProcessLine): Promise<void> {
  if (pid === null) throw new Error(`${name} has no process to kill`);
  process.kill(pid, 'SIGKILL');
  const killedAt = performance.now();
  // Nobody watches the supervisor: the next command starts one, which adopts the processes that live on.
  if (kind === 'supervisor') await processes();
  await waitFor(`the shop is well again after kill -9 of ${name}`, 2 * RECOVERY_MS, () => confirmsAnOrder());
  recoveries.push({ victim: name, ms: Math.round(performance.now() - killedAt) });
  await sleep(BETWEEN_KILLS_MS);
}

let probes = 1_000_000;
async function confirmsAnOrder(): Promise<boolean> {
  const orderId = await customer.order(probes++);
  if (orderId === undefined) return false;
  return (await customer.finalStatus(orderId)) === 'confirmed' && (await customer.canBrowse());
}

beforeAll(async () => {
  await purge();
  const up = await soukOk('up', '--infra', 'embedded');
  firstOrderId = String(up['orderId']);
  customer = await Regular.open();
  before = await processes();
  const stop = new AbortController();
  const began = performance.now();
  const loading = load(stop.signal);
  try {
    for (const victim of inTurn(before)) await killAndRecover(await current(victim));
    await sleep(Math.max(0, LOAD_MS - (performance.now() - began)));
  } finally {
    stop.abort();
    await loading;
  }
  after = await processes();
  console.log(
    recoveries.map(({ victim, ms }) => `${victim} ${ms} ms`).join(', '),
    `\nhistory: ${customer.customer.history.file}`,
  );
}, 600_000);

afterAll(async () => {
  customer?.customer.history.close();
  await purge();
}, 120_000);

/** Services and what watches them first, then the supervisor, then what everything stands on. */
function inTurn(lines: ProcessLine[]): string[] {
  const named = (kind: ProcessLine['kind']) => lines.filter((line) => line.kind === kind).map(({ name }) => name);
  return [...named('service'), ...named('telemetry'), ...named('supervisor'), ...named('infra')];
}

async function current(name: string): Promise<ProcessLine> {
  return waitFor(`${name} runs`, RECOVERY_MS, async () =>
    (await processes()).find((line) => line.name === name && line.pid !== null),
  );
}

const places = () => customer.customer.history.edges.filter(({ f }) => f === 'place');

describe('kill -9 of every process in turn, under load', () => {
  it('hit all of them', () => {
    const killed = recoveries.map(({ victim }) => victim);
    expect(killed).toEqual(expect.arrayContaining([...SERVICES, 'kafka', 'postgres', 'mongo', 'supervisor']));
  });

  it('was answered by a restart of each, which status shows', () => {
    const restartable = after.filter(({ kind }) => kind !== 'supervisor');
    expect(restartable.filter(({ restarts }) => restarts < 1).map(({ name }) => name)).toEqual([]);
    const pidOf = (lines: ProcessLine[], name: string) => lines.find((line) => line.name === name)?.pid;
    for (const { name } of before)
      expect({ name, pid: pidOf(after, name) }).not.toEqual({ name, pid: pidOf(before, name) });
  });

  it(`let the shop recover by itself within ${RECOVERY_MS / 1000} s each time`, () => {
    expect(recoveries.filter(({ ms }) => ms > RECOVERY_MS)).toEqual([]);
  });

  it('left enough orders behind for all this to mean something', () => {
    const sent = places().filter(({ type }) => type === 'invoke').length;
    expect(sent).toBeGreaterThanOrEqual((LOAD_MS / 1_000) * ORDERS_PER_SECOND);
    expect(customer.orderIds().size).toBeGreaterThan(sent / 2);
    expect(places().filter(({ type }) => type === 'fail')).toEqual([]);
  });

  it('was told as "unavailable" while it lasted, never as a fault of the shop', () => {
    expect(places().filter(({ value }) => value['code'] === 'internal-error')).toEqual([]);
  });

  it('gave exactly one order a key, once every unknown outcome was asked for again', async () => {
    for (const key of customer.customer.openKeys()) {
      await waitFor(`${key} is answered`, RECOVERY_MS, async () => (await customer.again(key)) !== undefined);
    }
    for (const key of [...customer.orderIds().keys()].slice(0, 50)) await customer.again(key);
    const promised = [...customer.orderIds().values()];
    expect(promised.filter((ids) => ids.size !== 1)).toEqual([]);
    const { orders } = await readLedgers(shopContext(INSTANCE).urls);
    const stored = new Set(orders.map(({ orderId }) => orderId));
    expect(stored).toEqual(new Set([firstOrderId, ...promised.flatMap((ids) => [...ids])]));
  }, 300_000);

  it('lost no accepted order: each one ends', async () => {
    const end = performance.now() + TERMINAL_MS;
    const open = new Set([...customer.orderIds().values()].flatMap((ids) => [...ids]));
    while (open.size > 0 && performance.now() < end) {
      for (const orderId of open) if ((await customer.finalStatus(orderId, '1s')) !== undefined) open.delete(orderId);
    }
    expect([...open]).toEqual([]);
  }, 120_000);

  it('left books that agree', async () => {
    const { result } = await souk('audit');
    const checks = result['checks'] as { id: string; ok: boolean; detail: string }[];
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(checks.length).toBeGreaterThanOrEqual(10);
  }, 60_000);
});
