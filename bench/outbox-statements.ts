import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { batcher, encodeOutbox, insertOutbox, messageId, outboxInsert, withTransaction } from '@souk/outbox';
import type pg from 'pg';
import type { BenchOptions, Figure } from '../tools/cli/src/shop/benchmark.ts';
import type { ShopContext } from '../tools/cli/src/shop/context.ts';
import { createBenchDatabase } from './bench-database.ts';
import { inTurns, median, type Pace, ratioOf, type Way } from './in-turns.ts';
import { percentile } from './percentile.ts';
import { cpuMs, shopProcesses } from './shop-processes.ts';
import { figureOf } from './verdict.ts';

const SCHEMA = `create table events (stream uuid not null, version int not null, type text not null, data jsonb not null,
    primary key (stream, version));
  create table outbox (id bigint generated always as identity primary key, lane smallint not null, topic text not null,
    key text not null, headers jsonb not null, value text not null, created_at timestamptz not null default now());`;

const CONNECTIONS = 8;
const CALLERS = 32;
const IDLE_CALLS = 400;

interface Fact {
  readonly stream: string;
  readonly data: object;
}

/** One event with its outbox row: the usual transaction, the one statement, and that statement shared by concurrent callers. */
export async function measureStatements(ctx: ShopContext, { say, quick }: BenchOptions): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'souk-bench-'));
  writeFileSync(join(folder, '0001.sql'), SCHEMA);
  const database = await createBenchDatabase(ctx.urls.PG_URL ?? '', 'outbox', folder);
  try {
    const pool = database.pool(CONNECTIONS);
    const postgres = (await shopProcesses(ctx)).filter(({ name }) => name === 'postgres');
    const turns = { rounds: quick ? 1 : 5, seconds: quick ? 1 : 4, serverCpuMs: () => cpuMs(postgres) };
    say(`event and outbox row in four ways in turns, ${turns.rounds} rounds of ${turns.seconds} s each`);
    const paces = await inTurns(waysOf(pool), turns);
    const idle = await idleWait(pool, quick ? IDLE_CALLS / 4 : IDLE_CALLS);
    return figures(paces, idle, turns.rounds);
  } finally {
    await database.drop();
    rmSync(folder, { recursive: true });
  }
}

function waysOf(pool: pg.Pool): Way[] {
  const grouped = groupCommit(pool);
  return [
    { name: 'transaction', callers: CONNECTIONS, call: () => inFourTrips(pool, aFact()) },
    { name: 'statement', callers: CONNECTIONS, call: () => inOneStatement(pool, [aFact()]) },
    { name: 'statement.32', callers: CALLERS, call: () => inOneStatement(pool, [aFact()]) },
    { name: 'group.32', callers: CALLERS, call: () => grouped(aFact()) },
  ];
}

function figures(paces: ReadonlyMap<string, readonly Pace[]>, idleMs: number, rounds: number): Figure[] {
  const of = (name: string): readonly Pace[] => paces.get(name) ?? [];
  const ratio = (name: string, to: string): number => ratioOf(of(name), of(to));
  const cpu = (name: string): Figure =>
    figureOf({
      name: `outbox.cpu.${name}`,
      what: 'client and PostgreSQL, an event with its outbox row',
      value: median(of(name).map(({ cpuUs }) => cpuUs)),
      unit: 'µs',
      rounds,
    });
  const pace = (name: string, what: string): Figure =>
    figureOf({
      name: `outbox.rate.${name}`,
      what,
      value: median(of(name).map(({ perSecond }) => perSecond)),
      unit: 'tx/s',
      rounds,
    });
  return [
    ...['transaction', 'statement', 'statement.32', 'group.32'].map(cpu),
    pace('transaction', 'begin, event, outbox, commit; 8 callers on 8 connections'),
    pace('statement', 'one statement; 8 callers on 8 connections'),
    pace('statement.32', 'one statement; 32 callers on 8 connections'),
    pace('group.32', 'group commit; 32 callers, 2 statements under way'),
    figureOf({
      name: 'outbox.statement',
      what: 'one statement against begin, event, outbox, commit',
      value: ratio('statement', 'transaction'),
      unit: 'times',
      gate: 3,
      atLeast: true,
      rival: 'transaction',
      rounds,
    }),
    figureOf({
      name: 'outbox.group',
      what: 'group commit against one statement each, 32 callers',
      value: ratio('group.32', 'statement.32'),
      unit: 'times',
      gate: 3,
      atLeast: true,
      rival: 'statement.32',
      rounds,
    }),
    figureOf({
      name: 'outbox.group.idle',
      what: 'p50 of a lone caller with group commit, less without',
      value: idleMs,
      unit: 'ms',
      gate: 0.1,
      rounds: 1,
    }),
  ];
}

/** One caller, who waits for each answer: whatever group commit makes him wait for others shows here. */
async function idleWait(pool: pg.Pool, calls: number): Promise<number> {
  const grouped = groupCommit(pool);
  const times: Record<'alone' | 'grouped', number[]> = { alone: [], grouped: [] };
  const timed = async (name: keyof typeof times, call: () => Promise<unknown>): Promise<void> => {
    const began = performance.now();
    await call();
    times[name].push(performance.now() - began);
  };
  for (let call = 0; call < calls; call++) {
    await timed('alone', () => inOneStatement(pool, [aFact()]));
    await timed('grouped', () => grouped(aFact()));
  }
  return percentile(times.grouped, 50) - percentile(times.alone, 50);
}

const groupCommit = (pool: pg.Pool) =>
  batcher(async (facts: Fact[]) => {
    await inOneStatement(pool, facts);
    return facts.map(() => undefined);
  });

async function inOneStatement(pool: pg.Pool, facts: readonly Fact[]): Promise<void> {
  await pool.query({ name: 'append', text: APPEND, values: [JSON.stringify(facts), rowsOf(facts)] });
}

const APPEND = `with appended as (
    insert into events (stream, version, type, data)
    select stream, 1, 'placed', data from json_to_recordset($1::json) as f(stream uuid, data jsonb) returning stream)
  ${outboxInsert(2, '(select count(*) from appended) > 0')}`;

/** What most services do: each table by its own insert, between BEGIN and COMMIT. */
async function inFourTrips(pool: pg.Pool, fact: Fact): Promise<void> {
  await withTransaction(pool, async (tx) => {
    const text = `insert into events (stream, version, type, data) values ($1, 1, 'placed', $2)`;
    await tx.query({ name: 'append-event', text, values: [fact.stream, JSON.stringify(fact.data)] });
    await insertOutbox(tx, encodeOutbox('/bench', [messageOf(fact)]));
  });
}

const rowsOf = (facts: readonly Fact[]): string => JSON.stringify(encodeOutbox('/bench', facts.map(messageOf)));

const messageOf = ({ stream, data }: Fact) => ({
  topic: { name: 'bench.events.v1' },
  key: stream,
  type: 'order.placed.v1',
  data,
  id: messageId(stream, 1, 'order.placed.v1'),
  time: new Date(),
});

/** About as much as an order of one line. */
function aFact(): Fact {
  const price = { amount: 5_499, currency: 'EUR' };
  const address = { name: 'Bench', street: '1 Market Lane', city: 'Utrecht', postalCode: '3511 AB', country: 'NL' };
  const lines = [{ sku: 'TEAPOT-01', name: 'A teapot of cast iron', quantity: 1, unitPrice: price }];
  return { stream: randomUUID(), data: { userId: 'bench', lines, total: price, address, placedAt: new Date() } };
}
