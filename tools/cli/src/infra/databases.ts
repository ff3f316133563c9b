import pg from 'pg';
import { secret } from '../secrets.ts';

export const DATABASES = ['order', 'inventory', 'payment'] as const;
export type DatabaseName = (typeof DATABASES)[number];

const ROLES = ['owner', 'app', 'read'] as const;
type Role = (typeof ROLES)[number];

/** Two commands that prepare one server at the same time take turns. */
const LOCK = 7_305_001;

export function rolePassword(secretsDir: string, database: DatabaseName, role: Role): string {
  return secret(secretsDir, `postgres-${database}-${role}`);
}

/** URL of a service's database for one of its roles, on the server of the superuser's URL. */
export function databaseUrl(superuserUrl: string, secretsDir: string, database: DatabaseName, role: Role): string {
  const url = new URL(superuserUrl);
  url.username = `${database}_${role}`;
  url.password = rolePassword(secretsDir, database, role);
  url.pathname = `/souk_${database}`;
  return url.toString();
}

/**
 * Roles, databases and default privileges of every service with a relational store. Idempotent. The owner migrates, the app
 * reads and writes rows but has no DDL, read only reads; migrations take more away where rows are append-only.
 */
export async function ensureDatabases(superuserUrl: string, secretsDir: string): Promise<void> {
  await connected(superuserUrl, async (client) => {
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    for (const database of DATABASES) {
      for (const role of ROLES)
        await ensureRole(client, `${database}_${role}`, rolePassword(secretsDir, database, role));
      await ensureDatabase(client, database);
    }
  });
  await Promise.all(
    DATABASES.map((database) => {
      const url = new URL(superuserUrl);
      url.pathname = `/souk_${database}`;
      return connected(url.toString(), (client) => grantDefaults(client, database));
    }),
  );
}

async function ensureRole(client: pg.Client, role: string, password: string): Promise<void> {
  const known = await client.query('select 1 from pg_roles where rolname = $1', [role]);
  const verb = known.rowCount ? 'alter' : 'create';
  await client.query(
    `${verb} role ${role} login nosuperuser nocreatedb nocreaterole password ${client.escapeLiteral(password)}`,
  );
}

async function ensureDatabase(client: pg.Client, database: DatabaseName): Promise<void> {
  const name = `souk_${database}`;
  const known = await client.query('select 1 from pg_database where datname = $1', [name]);
  if (!known.rowCount) {
    await client.query(`grant ${database}_owner to current_user`); // a superuser in name only (managed servers) must be a member
    await client.query(`create database ${name} owner ${database}_owner template template0 encoding 'UTF8'`);
  }
  await client.query(`revoke all on database ${name} from public`);
  await client.query(`grant connect on database ${name} to ${database}_app, ${database}_read`);
}

async function grantDefaults(client: pg.Client, database: DatabaseName): Promise<void> {
  const owner = `${database}_owner`;
  await client.query(`
    revoke create on schema public from public;
    grant usage on schema public to ${database}_app, ${database}_read;
    alter default privileges for role ${owner} in schema public grant select, insert, update, delete on tables to ${database}_app;
    alter default privileges for role ${owner} in schema public grant usage on sequences to ${database}_app;
    alter default privileges for role ${owner} in schema public grant select on tables to ${database}_read;
  `);
}

async function connected<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
