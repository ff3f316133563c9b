import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { shopContext } from '../../../cli/src/shop/context.ts';
import pg from 'pg';
import { waitFor } from '../../../cli/src/shop/wait-for.ts';
import { endLogins } from '../stores/postgres.ts';
import { Trial } from './injecting.mother.ts';

const WITHIN_MS = 10_000;
const LOCK_TIMEOUT = '55P03';
/** A service of its own on the server that is there, so that no shop is hurt. */
const name = `t${randomBytes(4).toString('hex')}`;

describe('faults of PostgreSQL', () => {
  const pgUrl = shopContext(process.env['SOUK_INSTANCE'] ?? 'default').urls['PG_URL'] ?? '';
  const own = new URL(pgUrl);
  own.pathname = `/${name}`;
  const login = new URL(own);
  [login.username, login.password] = [`${name}_owner`, 'secret'];
  const urls = { PG_URL: pgUrl, ORDER_OWNER_DATABASE_URL: login.href, INVENTORY_OWNER_DATABASE_URL: login.href };
  let admin: pg.Client;
  let trial: Trial;

  beforeAll(async () => {
    admin = new pg.Client(pgUrl);
    await admin.connect();
    await admin.query(`create role ${name}_owner login password 'secret' connection limit 7`);
    await admin.query(`create database ${name} owner ${name}_owner`);
    await query(`create table stock (sku text primary key);
      insert into stock select 'SKU-' || chr(64 + n) from generate_series(1, 5) n;
      create table ledger (id int generated always as identity, sku text);
      insert into ledger (sku) select sku from stock where sku < 'SKU-C';
      create table outbox (id int generated always as identity, lane smallint, topic text, key text, headers jsonb, value text);
      create table outbox_parked (topic text, key text)`);
  });
  afterAll(async () => {
    await admin.query(`drop database ${name} with (force)`);
    await admin.query(`drop role ${name}_owner`);
    await admin.end();
  });
  beforeEach(() => {
    trial = new Trial({ urls });
  });
  afterEach(() => trial.heal());

  async function query(text: string, values?: unknown[]): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: login.href });
    await client.connect();
    try {
      return (await client.query(text, values)).rows;
    } finally {
      await client.end();
    }
  }
  const locked = (text: string) =>
    expect(query(`set lock_timeout = 100; ${text}`)).rejects.toMatchObject({ code: LOCK_TIMEOUT });
  const sessions = async (): Promise<number> => {
    const text = `select count(*)::int as n from pg_stat_activity where datname = $1 and application_name like 'souk-chaos%'`;
    return (await admin.query(text, [name])).rows[0].n;
  };

  it('a table is locked for readers too, until the fault is undone', async () => {
    await trial.inject('postgres-lock', { database: 'order', table: 'outbox' });
    await locked('select * from outbox');
    await query('select * from stock');
    await trial.over();
    await locked('select * from outbox');
    await trial.undo();
    await query('select * from outbox');
    await trial.undo();
  });

  it('rows are locked, the first of them, and no others', async () => {
    await trial.inject('postgres-lock', { database: 'inventory', table: 'stock', rows: 2 });
    expect(trial.notes).toEqual(['2 rows of stock are locked']);
    await locked(`select * from stock where sku = 'SKU-B' for update`);
    await query(`select * from stock where sku = 'SKU-C' for update`);
  });

  it('a lock is undone by whoever finds the journal while its runner lives on', async () => {
    await trial.inject('postgres-lock', { database: 'order', table: 'stock' });
    await trial.undo();
    await query(`set lock_timeout = 100; select * from stock for update`);
    expect(await sessions()).toBe(0);
    await trial.undo();
  });

  it('an idle transaction has drawn an id that is never seen', async () => {
    const rows = (): Promise<unknown[]> => query('select id from outbox');
    await trial.inject('postgres-idle-transaction', { database: 'order' });
    const { rows: open } = await admin.query(
      `select state from pg_stat_activity where datname = $1 and backend_xid is not null`,
      [name],
    );
    expect(open).toEqual([{ state: 'idle in transaction' }]);
    expect(await rows()).toEqual([]);
    await trial.heal();
    expect([await sessions(), trial.counted.get('transactions.open')]).toEqual([0, 1]);
    const [next] = await query(
      `insert into outbox (lane, topic, key, headers, value) values (0, 'x', 'x', '{}', '') returning id`,
    );
    expect(next?.['id']).toBeGreaterThan(1);
    await query('delete from outbox');
  });

  it('takes all connections that there are, and gives them back', async () => {
    await trial.inject('postgres-pool-exhaustion', { database: 'order' });
    expect(trial.notes).toEqual(['7 connections are taken']);
    await expect(query('select 1')).rejects.toThrow(/too many connections/);
    await trial.heal();
    // The last sample is taken after the end: they were held until then.
    expect(trial.counted.get('connections.held')).toBe(7);
    await query('select 1');
  });

  it('takes no more connections than it is told to', async () => {
    await trial.inject('postgres-pool-exhaustion', { database: 'order', most: 3 });
    expect(await sessions()).toBe(3);
  });

  it('deadlocks with whoever locks stock in the right order, and one of both is ended', async () => {
    await trial.inject('postgres-deadlock', { every: '20ms' });
    const order = new pg.Client({ connectionString: login.href });
    await order.connect();
    let ended = 0;
    await waitFor('a deadlock', WITHIN_MS, async () => {
      try {
        await order.query('begin');
        await order.query(`select 1 from stock where sku = 'SKU-A' for update`);
        await order.query('select pg_sleep(0.02)');
        await order.query(`select 1 from stock where sku = 'SKU-B' for update`);
      } catch {
        ended += 1;
      } finally {
        await order.query('rollback');
      }
      const { rows } = await admin.query('select deadlocks::int from pg_stat_database where datname = $1', [name]);
      return rows[0].deadlocks > 0;
    });
    await order.end();
    await trial.heal();
    const [note = ''] = trial.notes;
    expect(ended + Number(/^(\d+)/.exec(note)?.[1])).toBeGreaterThan(0);
    expect(await sessions()).toBe(0);
  });

  it('a message that a service has decided to send is not in its outbox, others are', async () => {
    const write = (topic: string): Promise<unknown> =>
      query(`insert into outbox (lane, topic, key, headers, value) values (0, $1, 'k', '{}', '')`, [topic]);
    await trial.inject('outbox-loss', { service: 'order', topic: 'inventory.commands.v1' });
    await write('inventory.commands.v1');
    await write('order.events.v1');
    await trial.heal();
    await write('inventory.commands.v1');
    expect((await query('select topic from outbox order by id')).map(({ topic }) => topic)).toEqual([
      'order.events.v1',
      'inventory.commands.v1',
    ]);
    await trial.undo();
    await query('delete from outbox');
  });

  it('transactions take longer around their outbox rows, and as long as ever afterwards', async () => {
    const timed = async (): Promise<number> => {
      const began = performance.now();
      for (let row = 0; row < 4; row++)
        await query(`insert into outbox (lane, topic, key, headers, value) values (0, 'x', 'k', '{}', '')`);
      return performance.now() - began;
    };
    const before = await timed();
    await trial.inject('outbox-hold', { service: 'order', upTo: '400ms' });
    // Eight pauses of 200 ms on average; below 400 ms they are together once in a million.
    expect(await timed()).toBeGreaterThan(before + 400);
    await trial.heal();
    expect(await query(`select 1 from pg_trigger where tgname like 'chaos_%'`)).toEqual([]);
    await query('delete from outbox');
  });

  it('the way back of one fault at an outbox leaves the other one in force; one without a name ends both', async () => {
    const triggers = async (): Promise<unknown[]> =>
      (await query(`select tgname from pg_trigger where tgname like 'chaos\\_%' order by tgname`)).map(
        ({ tgname }) => tgname,
      );
    await trial.inject('outbox-hold', { service: 'order', upTo: '10ms' });
    await trial.inject('outbox-loss', { service: 'order' });
    await trial.undoOne(0);
    expect(await triggers()).toEqual(['chaos_lose']);
    await trial.inject('outbox-hold', { service: 'order', upTo: '10ms' });
    await trial.undoOne(1);
    expect(await triggers()).toEqual(['chaos_hold_after', 'chaos_hold_before']);
    await trial.inject('outbox-loss', { service: 'order' });
    trial.waysBack.push({ undo: 'drop-outbox-triggers', with: { service: 'order' }, says: '' });
    await trial.undoOne(trial.waysBack.length - 1);
    expect(await triggers()).toEqual([]);
  });

  it('messages that cannot be sent stand in every lane, and are taken out wherever they are', async () => {
    await trial.inject('outbox-stuck-row', { service: 'inventory' });
    const [sum] = await query(
      'select count(distinct lane)::int as lanes, min(length(value)) as bytes, min(key) as key from outbox',
    );
    expect(sum).toMatchObject({ lanes: 4, bytes: 2_097_152, key: expect.stringMatching(/^chaos-/) });
    await query(
      `delete from outbox where lane = 0; insert into outbox_parked values ('inventory.stock.v1', '${sum?.['key']}')`,
    );
    await query(`insert into outbox_parked values ('inventory.stock.v1', 'of somebody else')`);
    await trial.heal();
    expect(await query('select * from outbox')).toEqual([]);
    expect(await query('select key from outbox_parked')).toEqual([{ key: 'of somebody else' }]);
    await trial.undo();
  });

  it('ways back do no harm where nothing was ever changed', async () => {
    trial.waysBack.push(
      { undo: 'end-sessions', with: { mark: 'lock never-there' }, says: '' },
      { undo: 'drop-outbox-triggers', with: { service: 'order' }, says: '' },
      { undo: 'drop-outbox-rows', with: { service: 'order', key: 'chaos-none' }, says: '' },
    );
    await trial.undo();
  });

  it('ends the sessions of a login, and those of nobody else', async () => {
    const session = new pg.Client({ connectionString: login.href });
    const ended = new Promise((resolve) => session.on('error', resolve));
    await session.connect();
    expect(await endLogins(trial.target, [`${name}_owner`])).toBe(1);
    await ended;
    await admin.query('select 1');
    expect(await endLogins(trial.target, [`${name}_owner`])).toBe(0);
  });
});
