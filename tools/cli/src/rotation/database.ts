import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { everyReplica } from '../config/in-force.ts';
import type { Place } from '../config/place.ts';
import { CliError } from '../errors.ts';
import { connected, LOCKED, loginsOf, passwordName, setLogin } from '../infra/databases.ts';
import type { DatabaseName } from '../infra/databases.ts';
import { secretToChange } from './secret-to-change.ts';

const ROLES_SECRET = 'postgres-roles';
const SEEN_WITHIN_MS = 60_000;
/** No request keeps a connection longer: a statement may take 5 s, and a transaction may be idle for 10 s. */
const DRAIN_MS = 15_000;
const LOOK_EVERY_MS = 250;

export interface RotateDatabaseOptions {
  readonly place: Place;
  readonly database: DatabaseName;
  readonly newPassword: () => string;
  readonly drainMs?: number;
  /** Shows each step while it runs. */
  readonly step: <T>(title: string, work: () => Promise<T>) => Promise<T>;
}

export interface RotateDatabaseResult {
  readonly login: string;
  readonly locked: string;
  /** Connections that were ended because nobody ever gives them back: the LISTENs of relays and waiters. */
  readonly ended: number;
}

interface Turn {
  readonly from: string;
  readonly to: string;
  readonly password: string;
}

/**
 * Two logins take turns: the closed one is opened with a new password, the service goes over to it, the other is closed.
 * Goes on where an earlier call ended, so it may be repeated at any point.
 */
export async function rotateDatabase(options: RotateDatabaseOptions): Promise<RotateDatabaseResult> {
  const { place, database, step } = options;
  const turn = await begin(options);
  return place.withSuperuser((superuserUrl) =>
    connected(superuserUrl, async (client) => {
      await step(`${turn.to} may log in`, async () => {
        await setLogin(client, database, turn.to, turn.password);
        await tryLogin(superuserUrl, database, turn);
      });
      await step(`${database} logs in as ${turn.to}`, () => switchOver(place, database, turn));
      const ended = await step(`${turn.from} is locked`, () => lock(options, client, turn));
      await end(place, database, turn);
      return { login: turn.to, locked: turn.from, ended };
    }),
  );
}

/** Whether a rotation was begun and is not at its end. */
export async function isRotating(place: Place, database: DatabaseName): Promise<boolean> {
  const { parts } = await place.readSecret(ROLES_SECRET);
  return (parts[retiringName(database)] ?? '') !== '';
}

const secretOf = (database: DatabaseName): string => `postgres-${database}`;
const retiringName = (database: DatabaseName): string => `postgres-${database}-retiring`;

/** The turn that is under way, or a new one. What it needs is written down before anything is done. */
async function begin({ place, database, newPassword }: RotateDatabaseOptions): Promise<Turn> {
  const { uri = '' } = (await secretToChange(place, secretOf(database))).parts;
  if (!URL.canParse(uri))
    throw new CliError(
      `${database} has no login to rotate`,
      `${secretOf(database)} holds no URL`,
      'start the shop first',
    );
  const { parts, version } = await secretToChange(place, ROLES_SECRET);
  const [first, second] = loginsOf(database);
  const retiring = parts[retiringName(database)] ?? '';
  const from = retiring === '' ? new URL(uri).username : retiring;
  if (from !== first && from !== second)
    throw new CliError(
      `${database} logs in as ${from}`,
      `only ${first} and ${second} take turns`,
      'rotate that role by hand',
    );
  const to = from === first ? second : first;
  const known = parts[passwordName(to)] ?? LOCKED;
  if (retiring !== '' && known !== LOCKED) return { from, to, password: known };
  const password = newPassword();
  await place.writeSecret(ROLES_SECRET, version, { [passwordName(to)]: password, [retiringName(database)]: from });
  return { from, to, password };
}

async function tryLogin(superuserUrl: string, database: DatabaseName, { to, password }: Turn): Promise<void> {
  const url = new URL(superuserUrl);
  url.username = to;
  url.password = password;
  url.pathname = `/souk_${database}`;
  await connected(url.toString(), (client) => client.query('select 1'));
}

async function switchOver(place: Place, database: DatabaseName, { to, password }: Turn): Promise<void> {
  const { parts, version } = await secretToChange(place, secretOf(database));
  const url = new URL(parts.uri ?? '');
  url.username = to;
  url.password = password;
  if (url.toString() !== parts.uri) await place.writeSecret(secretOf(database), version, { uri: url.toString() });
  await place.refresh(database);
  await everyReplica(place, {
    service: database,
    name: 'database',
    is: ({ values }) => values.login === to,
    what: `the login ${to}`,
    withinMs: SEEN_WITHIN_MS,
  });
}

/** Waits until requests have given their connections back (pods that are ending may still open one), closes the door, ends what is left. */
async function lock(
  { database, drainMs = DRAIN_MS }: RotateDatabaseOptions,
  client: pg.Client,
  { from }: Turn,
): Promise<number> {
  const deadline = performance.now() + drainMs;
  while (performance.now() < deadline && (await sessionsOf(client, from)) > 0) await sleep(LOOK_EVERY_MS);
  await setLogin(client, database, from, LOCKED);
  const ended = await client.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [from]);
  return ended.rowCount ?? 0;
}

async function sessionsOf(client: pg.Client, login: string): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    'select count(*)::int as n from pg_stat_activity where usename = $1',
    [login],
  );
  return rows[0]?.n ?? 0;
}

async function end(place: Place, database: DatabaseName, { from }: Turn): Promise<void> {
  const { version } = await secretToChange(place, ROLES_SECRET);
  await place.writeSecret(ROLES_SECRET, version, { [passwordName(from)]: LOCKED, [retiringName(database)]: '' });
}
