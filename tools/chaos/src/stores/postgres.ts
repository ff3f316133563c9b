import pg from 'pg';
import { z } from 'zod';
import { DATABASES, type DatabaseName } from '../../../cli/src/infra/databases.ts';
import type { Target } from '../target/target.ts';

export const databaseName = z.enum(DATABASES);
export const tableName = z.string().regex(/^[a-z][a-z_]{0,62}$/, 'the name of a table');

/** All sessions of ours carry it, so that they can be told from those of services and be ended by whoever undoes. */
const APPLICATION = 'souk-chaos';
const CONNECT_MS = 15_000;

export const superuserUrl = ({ context }: Pick<Target, 'context'>): string => context.urls['PG_URL'] ?? '';

/** Owners may do everything in the database of their service, and are held to the server's limits as everybody is. */
export const ownerUrl = (
  { context }: { readonly context: Pick<Target['context'], 'urls'> },
  database: DatabaseName,
): string => context.urls[`${database.toUpperCase()}_OWNER_DATABASE_URL`] ?? '';

/** `mark` tells the sessions of one fault from those of another. */
export async function openSession(connectionString: string, mark: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString,
    application_name: `${APPLICATION} ${mark}`,
    connectionTimeoutMillis: CONNECT_MS,
  });
  // Who undoes ends the session from the other side.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

export async function withSession<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await openSession(url, 'work');
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Rolls back whatever these sessions hold. Resolves to how many there were. */
export function endSessions(target: Pick<Target, 'context'>, mark: string): Promise<number> {
  return withSession(superuserUrl(target), async (client) => {
    const text = 'select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = $1';
    return (await client.query(text, [`${APPLICATION} ${mark}`])).rowCount ?? 0;
  });
}

/** Ends every session of these logins, whatever it is doing. Resolves to how many there were. */
export function endLogins(target: Pick<Target, 'context'>, logins: readonly string[]): Promise<number> {
  return withSession(superuserUrl(target), async (client) => {
    const text = 'select pg_terminate_backend(pid) from pg_stat_activity where usename = any($1)';
    return (await client.query(text, [logins])).rowCount ?? 0;
  });
}

/** Ends when the fault does, or when the server ends the session. */
export function untilEnded(client: pg.Client, until: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    client.once('end', () => resolve());
    const end = (): void => void client.end().catch(() => undefined);
    if (until.aborted) end();
    else until.addEventListener('abort', end, { once: true });
  });
}

/** As `untilEnded`, and leaves the session to whoever undoes. */
export function untilGone(client: pg.Client, until: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    client.once('end', () => resolve());
    if (until.aborted) resolve();
    else until.addEventListener('abort', () => resolve(), { once: true });
  });
}
