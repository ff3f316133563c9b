import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase, waitFor } from '@souk/testing';

const FIXTURE = join(import.meta.dirname, '../dist/member.fixture.js');
const TTL = 1_500;
const POLL = TTL / 3;

interface Line {
  readonly holder: string;
  readonly epoch: number;
  readonly counted: boolean;
  readonly at: number;
}

describe('members of an election, each in a process of its own, on PostgreSQL', () => {
  let database: TestDatabase;
  let children: Map<string, ChildProcess>;
  let lines: Line[];
  beforeAll(async () => {
    database = await createTestDatabase('electors', join(import.meta.dirname, '../sql'));
    await database.pool.query('create table work (id bigint generated always as identity, epoch bigint, holder text)');
  });
  afterAll(() => database.drop());
  beforeEach(async () => {
    [children, lines] = [new Map(), []];
    await database.pool.query('truncate work, fences, leader_terms, leader_leases');
  });
  afterEach(async () => {
    await Promise.all([...children.values()].map(killed));
  });

  function start(...holders: string[]): void {
    for (const holder of holders) {
      const child = spawn(process.execPath, [FIXTURE, database.url, holder, String(TTL)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      children.set(holder, child);
      createInterface({ input: child.stdout }).on('line', (line) =>
        lines.push({ ...(JSON.parse(line) as Omit<Line, 'at'>), at: performance.now() }),
      );
    }
  }
  const signal = (holder: string, name: NodeJS.Signals) => children.get(holder)?.kill(name);
  const leads = (isMeant: (line: Line) => boolean, timeoutMs = 10_000): Promise<Line> =>
    waitFor(async () => lines.find(isMeant), { timeoutMs, what: 'somebody to lead' });
  /** Rows of a term that were written after the first one of a later term. */
  const overlaps = async (): Promise<unknown[]> =>
    (
      await database.pool.query(
        'select id from work w where exists (select from work later where later.epoch > w.epoch and later.id < w.id)',
      )
    ).rows;

  it('LDR-3, LDR-8: go on within TTL and a poll when the leader is killed, whoever it was', async () => {
    start('a', 'b', 'c');
    const first = await leads(() => true);
    signal(first.holder, 'SIGKILL');
    const diedAt = performance.now();
    const next = await leads(({ epoch }) => epoch > first.epoch);
    expect(next.holder).not.toBe(first.holder);
    // What a loaded machine takes to run a timer is on top.
    expect(next.at - diedAt).toBeLessThan(TTL + POLL + 1_500);
    expect(await overlaps()).toEqual([]);
  });

  it('LDR-4: go on without waiting for the TTL when the leader is told to stop', async () => {
    start('a', 'b');
    const first = await leads(() => true);
    const gone = new Promise<number>((resolve) =>
      children.get(first.holder)?.once('exit', () => resolve(performance.now())),
    );
    signal(first.holder, 'SIGTERM');
    const next = await leads(({ epoch }) => epoch > first.epoch);
    expect(next.at - (await gone)).toBeLessThan(POLL + 1_000);
    expect(await overlaps()).toEqual([]);
  });

  it('LDR-2: refuse what a leader writes who was frozen for two TTLs and thaws', async () => {
    start('a', 'b');
    const first = await leads(() => true);
    signal(first.holder, 'SIGSTOP');
    await leads(({ epoch }) => epoch > first.epoch);
    await new Promise((resolve) => setTimeout(resolve, TTL));
    const before = lines.filter(({ holder }) => holder === first.holder).length;
    signal(first.holder, 'SIGCONT');
    const late = await waitFor(async () => lines.filter(({ holder }) => holder === first.holder)[before], {
      what: 'the frozen one to write',
    });
    // The write that was under way may have reached the server before the freeze; what it prints then counted in time.
    expect(late.epoch).toBe(first.epoch);
    expect(await overlaps()).toEqual([]);
    const terms = await database.pool.query<{ holder: string }>(
      `select holder from leader_terms t where exists (
         select from leader_terms later where later.epoch > t.epoch and later.began_at < t.acted_at)`,
    );
    expect(terms.rows).toEqual([]);
  }, 60_000);
});

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exit;
}
