import type { Target } from '../target/target.ts';
import { WITH_OUTBOX, type WithOutbox } from './outbox-triggers.ts';
import { ownerUrl, withSession } from './postgres.ts';

/** Triggers that faults make are called so, sessions that they open are named so (postgres.ts). */
const LEFT = `
  select 'trigger ' || tgname || ' of ' || tgrelid::regclass as what from pg_trigger where not tgisinternal and tgname like 'chaos\\_%'
  union all
  select 'session "' || application_name || '"' from pg_stat_activity
  where datname = current_database() and application_name like 'souk-chaos %' and pid <> pg_backend_pid()`;

/** What faults have left in the databases of services, one line each. */
export async function leftInPostgres(urls: Target['context']['urls']): Promise<string[]> {
  const found = await Promise.all(WITH_OUTBOX.map((database) => leftIn(urls, database)));
  return found.flat();
}

async function leftIn(urls: Target['context']['urls'], database: WithOutbox): Promise<string[]> {
  const url = ownerUrl({ context: { urls } }, database);
  if (url === '') return [];
  return withSession(url, async (client) => {
    const { rows } = await client.query<{ what: string }>(LEFT);
    return rows.map(({ what }) => `${what} is still in the database of ${database}`);
  }).catch(() => [`nobody can tell what is left in the database of ${database}`]);
}
