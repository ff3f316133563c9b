import { join } from 'node:path';
import pg from 'pg';
import { secret } from '../secrets.ts';
import { readIfThere, writeFileAtomically } from '../system/files.ts';

export const DATABASES = ['order', 'inventory', 'payment'] as const;
export type DatabaseName = (typeof DATABASES)[number];

const ROLES = ['owner', 'app', 'read'] as const;
type Role = (typeof ROLES)[number];

/** Two commands that prepare one server at the same time take turns. */
const LOCK = 7_305_001;

/** Stands in the place of a password: the login is closed until a rotation opens it. */
export const LOCKED = 'locked';

/**
 * The logins of a service, which take turns when its password is rotated: the app role, to which everything is granted, and a second
 * one that is its member and so may do the same, no more.
 */
export const loginsOf = (database: DatabaseName): readonly [string, string] => [`${database}_app`, `${database}_app_b`];

const appUrlFile = (secretsDir: string, database: DatabaseName): string => join(secretsDir, `postgres-${database}.uri`);

/** The login in use: the one of the URL that the service follows, at first the app role. */
export function appLogin(secretsDir: string, database: DatabaseName): string {
  const url = readIfThere(appUrlFile(secretsDir, database))?.trim();
  return url && URL.canParse(url) ? new URL(url).username : loginsOf(database)[0];
}

/** Name of the file, or of the part of the Secret, with a role's password: order_app_b → postgres-order-app-b. */
export const passwordName = (role: string): string => `postgres-${role.replaceAll('_', '-')}`;

export function rolePassword(secretsDir: string, database: DatabaseName, role: Role): string {
  return secret(secretsDir, `postgres-${database}-${role}`);
}

/** URL of a service's database for one of its roles, on the server of the superuser's URL. */
export function databaseUrl(superuserUrl: string, secretsDir: string, database: DatabaseName, role: Role): string {
  const url = new URL(superuserUrl);
  const login = role === 'app' ? appLogin(secretsDir, database) : `${database}_${role}`;
  url.username = login;
  url.password = secret(secretsDir, passwordName(login));
  url.pathname = `/souk_${database}`;
  return url.toString();
}

/** Writes the URL by which a service logs in to the file that it follows; answers the file. */
export function writeAppUrl(superuserUrl: string, secretsDir: string, database: DatabaseName): string {
  const file = appUrlFile(secretsDir, database);
  const url = databaseUrl(superuserUrl, secretsDir, database, 'app');
  if (readIfThere(file) !== url) writeFileAtomically(file, url, 0o600);
  return file;
}

/** The same for whoever only reads a database of another process of the same service. */
export function writeReadUrl(superuserUrl: string, secretsDir: string, database: DatabaseName): string {
  const file = join(secretsDir, `postgres-${database}-read.uri`);
  const url = databaseUrl(superuserUrl, secretsDir, database, 'read');
  if (readIfThere(file) !== url) writeFileAtomically(file, url, 0o600);
  return file;
}

/**
 * Roles, databases and default privileges of every service with a relational store. Idempotent. The owner migrates, the app
 * reads and writes rows but has no DDL, read only reads; migrations take more away where rows are append-only.
 */
export async function ensureDatabases(
  superuserUrl: string,
  secretsDir: string,
  databases: readonly DatabaseName[] = DATABASES,
): Promise<void> {
  await connected(superuserUrl, async (client) => {
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    for (const database of databases) {
      for (const role of ROLES)
        await ensureRole(client, `${database}_${role}`, rolePassword(secretsDir, database, role));
      const [, second] = loginsOf(database);
      await ensureSecondLogin(client, database, readIfThere(join(secretsDir, passwordName(second)))?.trim() ?? LOCKED);
      await ensureDatabase(client, database);
    }
  });
  await Promise.all(
    databases.map((database) => {
      const url = new URL(superuserUrl);
      url.pathname = `/souk_${database}`;
      return connected(url.toString(), (client) => grantDefaults(client, database));
    }),
  );
}

async function ensureRole(client: pg.Client, role: string, password: string): Promise<void> {
  const known = await client.query('select 1 from pg_roles where rolname = $1', [role]);
  const verb = known.rowCount ? 'alter' : 'create';
  const entry = password === LOCKED ? 'nologin password null' : `login password ${client.escapeLiteral(password)}`;
  await client.query(`${verb} role ${role} nosuperuser nocreatedb nocreaterole ${entry}`);
}

/** The second login of a service; it owns nothing and is granted nothing but what the app role has. */
export async function ensureSecondLogin(client: pg.Client, database: DatabaseName, password: string): Promise<void> {
  const [first, second] = loginsOf(database);
  await ensureRole(client, second, password);
  await client.query(`grant ${first} to ${second}`);
}

/** Opens a login with this password, or closes it. */
export async function setLogin(
  client: pg.Client,
  database: DatabaseName,
  login: string,
  password: string,
): Promise<void> {
  if (login === loginsOf(database)[1]) await ensureSecondLogin(client, database, password);
  else await ensureRole(client, login, password);
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

export async function connected<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  // A server that dies is told twice: the query rejects, and this event would end the process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
