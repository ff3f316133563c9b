import { z } from 'zod';
import { databaseName, openSession, ownerUrl, tableName, untilGone } from '../stores/postgres.ts';
import type { Fault } from './fault.ts';
import { endOf } from './sessions.ts';

const parameters = z.strictObject({
  database: databaseName,
  table: tableName,
  /** So many rows, the first by their keys; without it the whole table, for readers too. */
  rows: z.int().min(1).max(10_000).optional(),
});
type Parameters = z.output<typeof parameters>;

/** A migration, a `vacuum full` or somebody at a console holds what requests need. */
export const postgresLock: Fault<Parameters> = {
  kind: 'postgres-lock',
  summary: 'a transaction of somebody else holds a table, or rows of it',
  on: ['host', 'k8s'],
  parameters,
  says: ({ database, table, rows }) =>
    `${rows === undefined ? `table ${table}` : `${rows} rows of ${table}`} of ${database} locked`,
  async inject({ target, journal, until, background, note }, { database, table, rows }) {
    const { mark, wayBack } = endOf('lock');
    await journal.before(wayBack);
    const client = await openSession(ownerUrl(target, database), mark);
    await client.query('begin');
    const { rowCount } = await client.query(lockOf(table, rows));
    note(rows === undefined ? `${table} is locked` : `${rowCount} rows of ${table} are locked`);
    // The way back ends it, and not the end of the hold: what waits would come through while it still counts as held up.
    background(untilGone(client, until));
  },
};

const lockOf = (table: string, rows: number | undefined): string =>
  rows === undefined
    ? `lock table ${table} in access exclusive mode`
    : `select 1 from ${table} order by 1 limit ${rows} for update`;
