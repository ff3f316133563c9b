import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type KafkaDriver, type KafkaRecord, openKafka } from '@souk/kafka';
import { createLogger } from '@souk/observability';
import type pg from 'pg';
import { REPO_ROOT } from '../tools/cli/src/home.ts';
import type { BenchOptions, Figure } from '../tools/cli/src/shop/benchmark.ts';
import type { ShopContext } from '../tools/cli/src/shop/context.ts';
import { createBenchDatabase } from './bench-database.ts';
import { brokersOf, onTopics } from './order-query-process.ts';
import { WRITERS, writeEvents } from './relay-torture-writers.ts';
import { figureOf } from './verdict.ts';

const EVENTS = { full: { real: 200_000, rival: 20_000 }, quick: { real: 20_000, rival: 5_000 } };
const KILL_EVERY_MS = 2_000;
/** Nothing new on the topic for so long: what is missing does not come any more. */
const QUIET_MS = 5_000;
const RIVALS = { 'relay-cursor': 'cursor', 'relay-xmin': 'xmin', 'relay-unlocked': 'unlocked' } as const;
const logger = createLogger({ name: 'bench', level: 'fatal' });

interface Outcome {
  readonly events: number;
  readonly lost: number;
  readonly inverted: number;
  /** On the topic although their transaction was rolled back. */
  readonly phantom: number;
  readonly repeated: number;
  readonly kills: number;
  readonly seconds: number;
}

/**
 * Concurrent writers with long transactions and rollbacks; the real relay runs as two processes; every two
 * seconds one that has a lane is killed. Its rivals run undisturbed: what they lose or turn around they lose by the writers alone.
 */
export async function measureRelayTorture(ctx: ShopContext, { say, quick }: BenchOptions): Promise<Figure[]> {
  const seed = Number(process.env['SOUK_SEED'] ?? process.env['SEED'] ?? Date.now() % 1_000_000);
  const events = EVENTS[quick ? 'quick' : 'full'];
  say(`${events.real} events by ${WRITERS} writers, one of two relays killed every 2 s (SEED=${seed})`);
  const real = await torture(ctx, 'real', events.real, seed);
  const figures = realFigures(real);
  for (const [kind, name] of Object.entries(RIVALS)) {
    say(`${events.rival} events through ${kind}, which nobody kills`);
    figures.push(...rivalFigures(name, await torture(ctx, kind, events.rival, seed)));
  }
  return figures;
}

async function torture(ctx: ShopContext, kind: string, count: number, seed: number): Promise<Outcome> {
  const topic = `bench.${randomUUID()}.v1`;
  await onTopics(ctx, (admin) => admin.createTopics({ topics: [{ topic, numPartitions: 6 }], waitForLeaders: true }));
  const database = await createBenchDatabase(ctx.urls.PG_URL ?? '', 'torture', join(REPO_ROOT, 'libs/outbox/sql'));
  const relays = new Relays(database.url, brokersOf(ctx), kind);
  const kafka = await openKafka('kafkajs', { brokers: brokersOf(ctx), clientId: 'bench', logger });
  const reader = new Reader(kafka, topic);
  try {
    await reader.start();
    const began = performance.now();
    relays.start();
    const { committed } = await writeEvents(database.pool(WRITERS), topic, count, seed);
    relays.keepAlive();
    if (kind === 'real') await drained(database.pool(1));
    await reader.untilQuiet(committed.size);
    const seconds = (performance.now() - began) / 1_000;
    return { events: committed.size, kills: relays.kills, seconds, ...reader.compare(committed) };
  } finally {
    await relays.stop();
    await reader.stop();
    await database.drop();
    await onTopics(ctx, (admin) => admin.deleteTopics({ topics: [topic] }));
  }
}

async function drained(pool: pg.Pool): Promise<void> {
  for (const until = performance.now() + 120_000; performance.now() < until; await sleep(100))
    if ((await pool.query('select from outbox limit 1')).rowCount === 0) return;
  throw new Error('the outbox was not empty two minutes after the last write');
}

/** Two processes of the real kind, one of any other. */
class Relays {
  readonly #start: () => ChildProcess;
  readonly #real: boolean;
  readonly #running: ChildProcess[] = [];
  readonly #atWork = new Set<ChildProcess>();
  readonly #leaving: ChildProcess[] = [];
  #timer: NodeJS.Timeout | undefined;
  kills = 0;

  constructor(url: string, brokers: readonly string[], kind: string) {
    const script = join(import.meta.dirname, 'relay-torture-relay.ts');
    const flags = ['--disable-warning=ExperimentalWarning'];
    this.#real = kind === 'real';
    this.#start = () =>
      spawn(process.execPath, [...flags, script, url, brokers.join(','), kind], {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
  }

  #begin(): void {
    const child = this.#start();
    child.once('message', () => this.#atWork.add(child));
    this.#running.push(child);
  }

  start(): void {
    for (let n = 0; n < (this.#real ? 2 : 1); n++) this.#begin();
    if (this.#real) this.#timer = setInterval(() => this.#killOne(), KILL_EVERY_MS);
  }

  #killOne(): void {
    const victim = this.#running.find((child) => this.#atWork.has(child));
    if (victim === undefined) return;
    this.#running.splice(this.#running.indexOf(victim), 1);
    // Every other one anywhere, the others between the broker's answer and the delete.
    victim.kill(this.kills % 2 === 0 ? 'SIGUSR2' : 'SIGKILL');
    this.#leaving.push(victim);
    this.#begin();
    this.kills += 1;
  }

  keepAlive(): void {
    clearInterval(this.#timer);
  }

  async stop(): Promise<void> {
    this.keepAlive();
    await Promise.all(
      [...this.#running, ...this.#leaving].map(async (child) => {
        child.kill('SIGKILL');
        if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      }),
    );
  }
}

/** Everything that is on the topic, in the order of its partitions. */
class Reader {
  readonly #consumer;
  readonly #seen = new Set<string>();
  /** Key → version of the last first occurrence. */
  readonly #last = new Map<string, number>();
  #inverted = 0;
  #repeated = 0;
  #newsAt = performance.now();

  constructor(driver: KafkaDriver, topic: string) {
    const onBatch = async (records: readonly KafkaRecord[]): Promise<void> => records.forEach((one) => this.#note(one));
    this.#consumer = driver.consumer({ groupId: `bench.${randomUUID()}`, topics: [topic], onBatch });
  }

  #note({ key, headers }: KafkaRecord): void {
    const id = headers['ce_id'] ?? '';
    if (this.#seen.has(id)) {
      this.#repeated += 1;
      return;
    }
    this.#seen.add(id);
    this.#newsAt = performance.now();
    const version = Number(id.split('/')[1]);
    if (version < (this.#last.get(key) ?? 0)) this.#inverted += 1;
    this.#last.set(key, version);
  }

  async start(): Promise<void> {
    await this.#consumer.start();
    while (!this.#consumer.isLive()) await sleep(50);
  }

  async untilQuiet(expected: number): Promise<void> {
    this.#newsAt = performance.now();
    while (this.#seen.size < expected && performance.now() - this.#newsAt < QUIET_MS) await sleep(50);
  }

  compare(committed: ReadonlySet<string>): Pick<Outcome, 'lost' | 'inverted' | 'phantom' | 'repeated'> {
    const [lost, phantom] = [committed.difference(this.#seen).size, this.#seen.difference(committed).size];
    return { lost, phantom, inverted: this.#inverted, repeated: this.#repeated };
  }

  stop(): Promise<void> {
    return this.#consumer.stop();
  }
}

function realFigures({ events, lost, inverted, phantom, repeated, kills, seconds }: Outcome): Figure[] {
  const under = `of ${events} events, a relay killed ${kills} times`;
  return [
    figureOf({
      name: 'torture.kills',
      what: `relays killed at work in ${Math.round(seconds)} s`,
      value: kills,
      unit: 'kills',
      gate: Math.floor(seconds / 4),
      atLeast: true,
    }),
    figureOf({ name: 'torture.lost', what: `lost ${under}`, value: lost, unit: 'events', gate: 0 }),
    figureOf({
      name: 'torture.inverted',
      what: `out of order in their aggregate ${under}`,
      value: inverted,
      unit: 'events',
      gate: 0,
    }),
    figureOf({
      name: 'torture.phantom',
      what: `published though rolled back ${under}`,
      value: phantom,
      unit: 'events',
      gate: 0,
    }),
    figureOf({
      name: 'torture.repeated',
      what: 'sent again after a kill; an inbox drops them',
      value: repeated,
      unit: 'events',
    }),
    figureOf({
      name: 'torture.rate',
      what: 'events written, relayed and read back',
      value: events / seconds,
      unit: '/s',
    }),
  ];
}

function rivalFigures(name: string, { events, lost, inverted }: Outcome): Figure[] {
  return [
    figureOf({
      name: `torture.lost.${name}`,
      what: `lost of ${events} events, never killed`,
      value: lost,
      unit: 'events',
    }),
    figureOf({
      name: `torture.inverted.${name}`,
      what: 'out of order in their aggregate',
      value: inverted,
      unit: 'events',
    }),
  ];
}
