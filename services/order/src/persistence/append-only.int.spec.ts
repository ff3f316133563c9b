import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { withTransaction } from '@souk/outbox';
import { v7 as uuidv7 } from 'uuid';
import { aRequest, type OrderDatabase, openOrderDatabase } from '../test/order-database.js';

const MIGRATIONS = join(import.meta.dirname, '../../migrations');

let db: OrderDatabase;
beforeAll(async () => {
  db = await openOrderDatabase();
});
afterAll(() => db?.close());

const ROLE = `do $$ begin
  if not exists (select from pg_roles where rolname = 'order_app') then create role order_app; end if; end $$`;
const GRANT = `alter default privileges in schema as_deployed grant select, insert, update, delete on tables to order_app`;
const PRIVILEGES = `select t as table, array_agg(p order by p) filter (where has_table_privilege('order_app', t, p)) as granted
  from unnest('{order_events,order_snapshots}'::text[]) t, unnest('{select,insert,update,delete,truncate}'::text[]) p group by t`;

/** What the service may do to its tables where its role exists before they are made, as it does in a shop. */
const deployed = () =>
  withTransaction(db.pool, async (tx) => {
    await tx.query(ROLE);
    await tx.query('create schema as_deployed');
    await tx.query('set local search_path to as_deployed');
    await tx.query(GRANT);
    for (const file of ['0001_init.sql', '0004_who_and_snapshots.sql']) {
      const [up = ''] = (await readFile(join(MIGRATIONS, file), 'utf8')).split('-- Down Migration');
      await tx.query(up);
    }
    const { rows } = await tx.query<{ table: string; granted: string[] }>(PRIVILEGES);
    return Object.fromEntries(rows.map((row) => [row.table, row.granted]));
  });

describe('the event table', () => {
  it('ES-1: can be added to and read by the service, and no more; snapshots can be replaced', async () => {
    expect(await deployed()).toEqual({
      order_events: ['insert', 'select'],
      order_snapshots: ['delete', 'insert', 'select', 'update'],
    });
  });

  it('ES-2: has one event of a version, whatever the code above does', async () => {
    const { body } = await db.placeOrder.execute({ userId: 'alice', idempotencyKey: uuidv7(), body: aRequest() });
    const again = `insert into order_events (order_id, version, type, schema_version, at, data)
      values ($1, 1, 'placed', 1, now(), '{}')`;
    await expect(db.pool.query(again, [body.orderId])).rejects.toThrow('order_events_pkey');
  });
});
