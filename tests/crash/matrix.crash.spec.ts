import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chooseSeed, randomOf } from '../../tools/chaos/src/history/random.ts';
import { isShort } from '../../tools/cli/src/testing/short-form.ts';
import { Lab } from '../seeded-bugs/lab.ts';
import { CASES, nameOf, type CrashCase } from './matrix/cases.ts';
import { type Crash, Crasher } from './matrix/crasher.ts';
import { Drives } from './matrix/drives.ts';
import { type Amounts, Faults, FULL, SHORT } from './matrix/faults.ts';
import { fullPlan, type Part, shortPlan } from './matrix/plan.ts';
import { Progress } from './matrix/progress.ts';
import { ShopUnderLoad, type Verdict } from './matrix/shop-under-load.ts';
import { Services } from './support/services.ts';
import { purge } from './support/souk.ts';

const SEEDS = [1, 2, 3];
const ORDERS_PER_SECOND = 6;
const PART_MS = 900_000;

/** SOUK_CRASH=order/relay.after-send,… runs these alone; SOUK_SEED=n that seed alone. */
function plan(env = process.env): Part[] {
  const only = env['SOUK_CRASH']?.split(',');
  const wanted = (one: CrashCase): boolean => only === undefined || only.includes(nameOf(one));
  const cases = CASES.filter(wanted);
  if (isShort() && only === undefined) return [shortPlan(chooseSeed(), CASES)];
  const seeds = env['SOUK_SEED'] ? [chooseSeed()] : SEEDS;
  return seeds.flatMap((seed) => fullPlan(seed, cases));
}

const parts = plan().map((part) => ({ ...part, count: part.cases.length }));
let lab: Lab;
let services: Services;
let drives: Drives;
let shop: ShopUnderLoad;
let progress: Progress;

beforeAll(async () => {
  await purge();
  process.env['SOUK_FAILPOINTS'] = 'on';
  lab = await Lab.open();
  services = new Services(lab.target);
  drives = new Drives(lab, services);
  shop = await ShopUnderLoad.open(lab, services);
  progress = new Progress(join(lab.instance.home, 'crash-matrix.json'), services.build());
}, 300_000);

afterAll(async () => {
  shop?.customer.history.close();
  await lab?.close();
  await purge();
}, 120_000);

/** The processes of a part crash side by side, the cases of one of them one after the other. */
async function crashAll({ seed, number, cases }: Part): Promise<Crash[]> {
  const random = randomOf(seed * 100 + number);
  const crasher = new Crasher(services, drives, random);
  const lists = [...Map.groupBy(cases, ({ process }) => process).values()];
  const crashes = await Promise.all(
    lists.map(async (list) => {
      const done: Crash[] = [];
      for (const one of list) done.push(await crasher.crash(one));
      return done;
    }),
  );
  return crashes.flat();
}

const told = (crashes: readonly Crash[], { orders, settledMs }: Verdict, { seed, number }: Part): string =>
  [
    `seed ${seed}, part ${number}: ${crashes.length} crashes, ${orders} orders accepted so far, well again after ${settledMs} ms`,
    ...crashes.map(({ name, how, afterMs }) => `  ${name.padEnd(44)} ${how} ${afterMs} ms`),
  ].join('\n');

/** Does it to the shop at work, lets it recover by itself, and looks what came of it. */
async function provoke<T>(seed: number, work: () => Promise<T>): Promise<{ result: T; verdict: Verdict }> {
  const result = await shop.during(work, randomOf(seed), ORDERS_PER_SECOND);
  await lab.heal();
  await services.allReady();
  await drives.tidyUp();
  return { result, verdict: await shop.verdict() };
}

const FAULTS: readonly [string, (faults: Faults, amounts: Amounts) => Promise<void>][] = [
  ['every message is delivered again to everybody', (faults, { replays }) => faults.deliverAgain(replays)],
  ['payment answers late or not at all', (faults, { lateMs }) => faults.beLate(lateMs)],
  ['poison comes in', (faults) => faults.poison()],
  ['Kafka is away', (faults, { kafkaDownMs }) => faults.kafkaDown(kafkaDownMs)],
  ['QLL-1, QLL-3: inventory is away', (faults, { backendDownMs }) => faults.backendDown(backendDownMs)],
  ['PostgreSQL is killed every ten seconds', (faults, { databaseKills }) => faults.killDatabase(databaseKills)],
  ['a replica of order is paused', (faults, { pausedMs }) => faults.pauseReplica(pausedMs)],
  ['everything is killed at once', (faults, { powerCuts }) => faults.powerCuts(powerCuts)],
];
/** The short form has two of them, which go round with the seed. */
const ONE_OF = 4;
const faultsOfRun = FAULTS.filter(([name], index) => {
  const only = process.env['SOUK_CRASH'];
  if (only !== undefined) return only.split(',').some((part) => name.includes(part));
  return !isShort() || index % ONE_OF === (parts[0]?.seed ?? 0) % ONE_OF;
});

async function crashPart(part: Part): Promise<void> {
  if (progress.isDone(part)) {
    console.log(`done by an earlier run, as ${lab.instance.home}/crash-matrix.json says`);
    return;
  }
  const { result: crashes, verdict } = await provoke(part.seed * 100 + part.number + 50, () => crashAll(part));
  console.log(told(crashes, verdict, part), `\nhistory: ${shop.customer.history.file}`);
  expect(crashes.filter(({ how }) => how !== 'crashed')).toEqual([]);
  expect(verdict).toMatchObject({ openKeys: [], violations: [] });
  if (!isShort()) progress.done(part);
}

describe('crash at every failpoint, under load', () => {
  for (const part of parts) {
    const { seed, number, cases } = part;
    const title = `seed ${seed}, part ${number}: ${cases.length} crashes lose nothing and double nothing`;
    it(title, () => crashPart(part), PART_MS);
  }

  it('was a workload that meant something', () => {
    const { edges } = shop.customer.history;
    // A run that had nothing left to do is over: the next one begins anew.
    const isWhole = !isShort() && process.env['SOUK_CRASH'] === undefined;
    if (isWhole && parts.every((part) => progress.isDone(part))) progress.forget();
    if (edges.length === 0) return;
    expect(edges.filter(({ f, type }) => f === 'place' && type === 'ok').length).toBeGreaterThan(20);
    expect(edges.some(({ type }) => type === 'info')).toBe(true);
  });
});

describe('faults of what the shop stands on, under load', () => {
  const seed = parts[0]?.seed ?? chooseSeed();
  for (const [name, fault] of faultsOfRun)
    it(
      `${name}: nothing is lost, nothing is doubled`,
      async () => {
        const faults = new Faults(lab, services, shop);
        const { verdict } = await provoke(seed, () => fault(faults, isShort() ? SHORT : FULL));
        console.log(`${verdict.orders} orders accepted so far, well again after ${verdict.settledMs} ms`);
        expect(verdict).toMatchObject({ openKeys: [], violations: [] });
      },
      PART_MS,
    );
});
