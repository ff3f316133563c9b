import { randomBytes } from 'node:crypto';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { databaseUrl } from '@souk/config';
import { testInfra, waitFor } from '@souk/testing';
import pg from 'pg';
import { createPgPool } from './pg-pool.js';
import { WatchedFiles } from './watched-files.js';

const suffix = randomBytes(4).toString('hex');
const FIRST = `rotate_a_${suffix}`;
const SECOND = `rotate_b_${suffix}`;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a pool whose login changes', () => {
  const { pgUrl } = testInfra();
  const dir = mkdtempSync(join(tmpdir(), 'pg-pool-'));
  const file = join(dir, 'uri');
  const problems: string[] = [];
  const logger = { info: () => undefined, error: () => undefined };
  const files = new WatchedFiles(logger);
  let admin: pg.Client;
  let pool: pg.Pool;

  const urlOf = (role: string, password: string): string => {
    const url = new URL(pgUrl);
    url.username = role;
    url.password = password;
    return url.href;
  };
  const write = (url: string): void => {
    writeFileSync(`${file}.next`, `${url}\n`);
    renameSync(`${file}.next`, file);
  };
  const sessions = async (role: string): Promise<number> =>
    (await admin.query('select count(*)::int as n from pg_stat_activity where usename = $1', [role])).rows[0].n;
  const loginShown = () => files.report().database?.values;

  beforeAll(async () => {
    admin = new pg.Client(pgUrl);
    await admin.connect();
    await admin.query(
      `create role ${FIRST} login password 'one'; create role ${SECOND} login password 'two' in role ${FIRST}`,
    );
    write(urlOf(FIRST, 'one'));
    pool = createPgPool({
      url: databaseUrl({ DATABASE_URL_FILE: file }),
      name: 'rotation-test',
      max: 6,
      files,
      onError: (error) => problems.push(error.message),
    });
  });
  afterAll(async () => {
    files.onApplicationShutdown();
    await pool.end();
    await admin.query(`drop role ${SECOND}; drop role ${FIRST}`);
    await admin.end();
    rmSync(dir, { recursive: true });
  });

  /** Queries and transactions without a pause on more callers than there are connections. */
  function load() {
    let running = true;
    let done = 0;
    const failures: unknown[] = [];
    const transaction = async (): Promise<void> => {
      const client = await pool.connect();
      try {
        await client.query('begin');
        await client.query({ name: 'sleepy', text: 'select pg_sleep(0.02)' });
        await client.query('commit');
      } finally {
        client.release();
      }
    };
    const caller = async (index: number): Promise<void> => {
      while (running) {
        await (index % 2 === 0 ? transaction() : pool.query({ name: 'who', text: 'select current_user' })).then(
          () => (done += 1),
          (error: unknown) => failures.push(error),
        );
        await sleep(1);
      }
    };
    const callers = Promise.all(Array.from({ length: 10 }, (_, index) => caller(index)));
    return {
      end: async () => {
        running = false;
        await callers;
        return { done, failures };
      },
    };
  }

  it('CFG-10 loses no query over two rotations, and the old password is refused afterwards', async () => {
    const traffic = load();
    await sleep(300);
    for (const [next, previous, password] of [
      [SECOND, FIRST, 'two'],
      [FIRST, SECOND, 'three'],
    ] as const) {
      await admin.query(`alter role ${next} login password '${password}'`);
      write(urlOf(next, password));
      await waitFor(() => (loginShown() as { login: string }).login === next, {
        what: `login ${next}`,
      });
      await waitFor(async () => (await sessions(previous)) === 0, {
        what: 'the end of the old sessions',
      });
      await admin.query(`alter role ${previous} nologin password null`);
      await sleep(200);
    }
    const { done, failures } = await traffic.end();
    expect(failures).toEqual([]);
    expect(done).toBeGreaterThan(200);
    expect(problems).toEqual([]);
    const late = new pg.Client(urlOf(SECOND, 'two'));
    await expect(late.connect()).rejects.toThrow(/password authentication failed|not permitted to log in/);
  }, 30_000);

  it('CFG-4 keeps the login that works when the new one is refused, and goes over once it is let in', async () => {
    const traffic = load();
    write(urlOf(SECOND, 'wrong'));
    await waitFor(() => problems.length > 0, { what: 'a word about the refused login' });
    expect(loginShown()).toEqual({ login: FIRST });
    await admin.query(`alter role ${SECOND} login password 'wrong'`);
    await waitFor(() => (loginShown() as { login: string }).login === SECOND, { what: 'the login' });
    expect((await traffic.end()).failures).toEqual([]);
  });

  it('CFG-10 gives up old connections of a pool that nobody uses at the moment', async () => {
    await waitFor(async () => (await sessions(FIRST)) === 0, {
      what: 'the end of the last rotation',
    });
    await Promise.all(Array.from({ length: 3 }, () => pool.query('select pg_sleep(0.05)')));
    expect(await sessions(SECOND)).toBeGreaterThan(1);
    await admin.query(`alter role ${FIRST} login password 'four'`);
    write(urlOf(FIRST, 'four'));
    await waitFor(() => (loginShown() as { login: string }).login === FIRST, { what: 'the login' });
    // Well before the pool would end them for being idle (10 s).
    await waitFor(async () => (await sessions(SECOND)) === 0, {
      what: 'the end of the old sessions',
      timeoutMs: 8_000,
    });
  });

  it('shows no password', () => {
    expect(JSON.stringify(files.report())).not.toMatch(/wrong|one|two|three/);
  });
});
