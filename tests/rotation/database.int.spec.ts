import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { databaseUrl as followUrl } from '@souk/config';
import { createPgPool, WatchedFiles } from '@souk/service-kit';
import { testInfra } from '@souk/testing';
import pg from 'pg';
import type { Place } from '../../tools/cli/src/config/place.ts';
import { databaseUrl, ensureDatabases, writeAppUrl } from '../../tools/cli/src/infra/databases.ts';
import type { DatabaseName } from '../../tools/cli/src/infra/databases.ts';
import { rotateDatabase } from '../../tools/cli/src/rotation/database.ts';
import type { RotateDatabaseOptions } from '../../tools/cli/src/rotation/database.ts';
import { readIfThere, writeFileAtomically } from '../../tools/cli/src/system/files.ts';

/** A service of its own, so that no role of a running shop is touched. */
const database = `t${randomBytes(4).toString('hex')}` as DatabaseName;
const LOGINS = [`${database}_app`, `${database}_app_b`] as const;

describe('rotation of a database password', () => {
  const { pgUrl } = testInfra();
  const dir = mkdtempSync(join(tmpdir(), 'rotate-'));
  const uriFile = join(dir, `postgres-${database}.uri`);
  const files = new WatchedFiles({ info: () => undefined, error: () => undefined });
  const passwords: string[] = [];
  let pool: pg.Pool;
  let dieAtWrite = Infinity;
  let writes = 0;

  const ROLE_PARTS = [
    ...LOGINS.map((login) => `postgres-${login.replaceAll('_', '-')}`),
    `postgres-${database}-retiring`,
  ];
  const pathOf = (part: string) => (part === 'uri' ? uriFile : join(dir, part));
  const place: Place = {
    title: 'a test',
    readSecret: async (name) => {
      const parts = name === 'postgres-roles' ? ROLE_PARTS : ['uri'];
      const found = parts.flatMap((part) => {
        const text = readIfThere(pathOf(part));
        return text === undefined ? [] : [[part, text] as const];
      });
      return { parts: Object.fromEntries(found), version: '' };
    },
    writeSecret: async (_name, _version, parts) => {
      if (++writes >= dieAtWrite) throw new Error('the line is cut');
      for (const [part, text] of Object.entries(parts)) writeFileAtomically(pathOf(part), text);
    },
    refresh: async () => undefined,
    ask: async () => [{ replica: 'one', body: files.report() }],
    withSuperuser: (work) => work(pgUrl),
    readDocument: () => Promise.reject(new Error('not asked for')),
    writeDocument: () => Promise.reject(new Error('not asked for')),
    removeDocument: () => Promise.reject(new Error('not asked for')),
    instancesOf: () => Promise.reject(new Error('not asked for')),
    readHistory: () => Promise.reject(new Error('not asked for')),
    writeHistory: () => Promise.reject(new Error('not asked for')),
    close: async () => undefined,
  };
  const rotate = (options: Partial<RotateDatabaseOptions> = {}) =>
    rotateDatabase({
      place,
      database,
      newPassword: () => {
        const password = randomBytes(12).toString('hex');
        passwords.push(password);
        return password;
      },
      drainMs: 2_000,
      step: (_title, work) => work(),
      ...options,
    });
  const as = async <T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
    const client = new pg.Client(url);
    await client.connect();
    return work(client).finally(() => client.end());
  };

  beforeAll(async () => {
    await ensureDatabases(pgUrl, dir, [database]);
    await as(databaseUrl(pgUrl, dir, database, 'owner'), (owner) =>
      owner.query(`create table events (id int generated always as identity, text text);
                   revoke update, delete, truncate on events from ${LOGINS[0]}`),
    );
    writeAppUrl(pgUrl, dir, database);
    const url = followUrl({ DATABASE_URL_FILE: uriFile });
    pool = createPgPool({ url, name: database, max: 6, files });
  });
  afterAll(async () => {
    files.onApplicationShutdown();
    await pool.end();
    await as(pgUrl, async (admin) => {
      await admin.query(`drop database souk_${database} with (force)`);
      for (const role of [LOGINS[1], LOGINS[0], `${database}_owner`, `${database}_read`])
        await admin.query(`drop role ${role}`);
    });
    rmSync(dir, { recursive: true });
  });

  /** Appends rows without a pause on more callers than there are connections. */
  function load() {
    let running = true;
    let done = 0;
    const failures: unknown[] = [];
    const caller = async (): Promise<void> => {
      while (running)
        await pool.query({ name: 'append', text: 'insert into events (text) values ($1)', values: ['x'] }).then(
          () => (done += 1),
          (error: unknown) => failures.push(error),
        );
    };
    const callers = Promise.all(Array.from({ length: 8 }, caller));
    return async () => {
      running = false;
      await callers;
      return { done, failures };
    };
  }
  const refused = (url: string) =>
    expect(as(url, (client) => client.query('select 1'))).rejects.toThrow(
      /not permitted to log in|authentication failed/,
    );

  it('CFG-10 loses no statement under load, ends what listens, and the old password is refused', async () => {
    const listener = await pool.connect();
    await listener.query('listen nothing');
    const lost = new Promise((resolve) => listener.on('error', resolve));
    const before = readFileSync(uriFile, 'utf8');
    const endOfLoad = load();
    expect(await rotate()).toEqual({ login: LOGINS[1], locked: LOGINS[0], ended: 1 });
    await lost;
    listener.release(true);
    expect(await rotate()).toEqual({ login: LOGINS[0], locked: LOGINS[1], ended: 0 });
    const { done, failures } = await endOfLoad();
    expect(failures).toEqual([]);
    expect(done).toBeGreaterThan(500);
    await refused(before);
    const second = new URL(before);
    [second.username, second.password] = [LOGINS[1], passwords[0] ?? ''];
    await refused(second.toString());
  }, 30_000);

  it('CFG-10 is finished by a second call wherever the first one died', async () => {
    for (let death = 1; death <= 3; death++) {
      const before = new URL(readFileSync(uriFile, 'utf8')).username;
      [writes, dieAtWrite] = [0, death];
      await expect(rotate()).rejects.toThrow('the line is cut');
      dieAtWrite = Infinity;
      const { login, locked } = await rotate();
      expect([login, locked]).toEqual([LOGINS.find((one) => one !== before), before]);
      expect((await pool.query('select current_user as who')).rows).toEqual([{ who: login }]);
    }
  }, 30_000);

  it('keeps the history append-only for either login, and gives no DDL', async () => {
    for (const login of LOGINS) {
      const current = new URL(readFileSync(uriFile, 'utf8')).username;
      if (current !== login) await rotate();
      await expect(pool.query('update events set text = $1', ['y'])).rejects.toThrow(/permission denied/);
      await expect(pool.query('delete from events')).rejects.toThrow(/permission denied/);
      await expect(pool.query('create table mine (id int)')).rejects.toThrow(/permission denied/);
    }
  }, 30_000);

  it('stays as it is when the stores are prepared again: the locked login stays locked', async () => {
    await rotate();
    await ensureDatabases(pgUrl, dir, [database]);
    const { rows } = await as(pgUrl, (admin) =>
      admin.query('select rolname, rolcanlogin from pg_roles where rolname = any($1)', [LOGINS]),
    );
    const current = new URL(readFileSync(uriFile, 'utf8')).username;
    expect(Object.fromEntries(rows.map((row) => [row.rolname, row.rolcanlogin]))).toEqual(
      Object.fromEntries(LOGINS.map((login) => [login, login === current])),
    );
    expect((await pool.query('select current_user as who')).rows).toEqual([{ who: current }]);
  });

  it('refuses a login that takes no turns', async () => {
    const uri = readFileSync(uriFile, 'utf8');
    const foreign = new URL(uri);
    foreign.username = 'postgres';
    writeFileSync(uriFile, foreign.toString());
    await expect(rotate()).rejects.toThrow('logs in as postgres');
    writeFileSync(uriFile, uri);
  });
});
