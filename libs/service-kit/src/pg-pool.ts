import type { Watched } from '@souk/config';
import pg from 'pg';
import { traceStatements } from './pg-spans.js';
import type { WatchedFiles } from './watched-files.js';

export interface PgPoolOptions {
  /** A URL that is followed may change its login while the pool works. */
  readonly url: string | Watched<string>;
  /** Stands in pg_stat_activity. */
  readonly name: string;
  /** Connections at most; default 6. */
  readonly max?: number;
  /** Hears of connections that broke while idle, and of a new login that is refused; the pool goes on by itself. */
  readonly onError?: (error: Error) => void;
  /** Follows the URL and shows which login is in use. */
  readonly files?: WatchedFiles;
}

const INT8 = 20;
const CONNECT_MS = 2_000;
const TRY_AGAIN_MS = 1_000;
/** Between the ends of two old connections: ten are renewed within a second. */
const TURN_EVERY_MS = 50;

/** bigint columns arrive as numbers: ours count things and cents, far below 2^53. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === INT8 && format !== 'binary' ? Number : pg.types.getTypeParser(oid, format as 'text'),
};

/** A pool in which nothing waits for ever: 2 s to connect, 4 s for a lock, 5 s a statement, 10 s idle inside a transaction. */
export function createPgPool({ url, name, max = 6, onError = () => undefined, files }: PgPoolOptions): pg.Pool {
  const login = { url: typeof url === 'string' ? url : url.value };
  const pool = new pg.Pool({
    Client: clientsOf(login),
    application_name: name,
    max,
    types,
    connectionTimeoutMillis: CONNECT_MS,
    // Before the statement's: who waits for a lock has met another (55P03, tried again), who is too slow alone always will be.
    lock_timeout: 4_000,
    statement_timeout: 5_000,
    query_timeout: 6_000,
    idle_in_transaction_session_timeout: 10_000,
    keepAlive: true,
    // Hot statements are prepared key look-ups over arrays: planning each anew cost as much as executing it (0.1-1.3 ms).
    options: '-c plan_cache_mode=force_generic_plan',
  });
  traceStatements(pool);
  // Without a listener a server restart would end the process.
  pool.on('error', (error) => onError(withoutClient(error)));
  if (typeof url === 'string') return pool;
  changeLogins(pool, login, url, onError);
  files?.follow(url, () => ({ login: roleOf(login.url) }));
  return pool;
}

/** pg hangs the client of a broken connection on its error: a log that shows the fields of errors would tell how to cancel its statements. */
function withoutClient(error: Error): Error {
  delete (error as { client?: unknown }).client;
  return error;
}

/** The login of new connections. */
interface Login {
  url: string;
}

/** Connections that know the URL of their birth. */
const bornWith = new WeakMap<pg.ClientBase, string>();

const clientsOf = (login: Login) =>
  class extends pg.Client {
    constructor(config: pg.ClientConfig = {}) {
      super({ ...config, connectionString: login.url });
      bornWith.set(this, login.url);
    }
  };

/**
 * Goes over to each new login once it has been seen to work: new connections take it, old ones end when they come back to the
 * pool, one after the other, so that a busy server is not asked for all new ones at once. No statement is cut off. What never
 * comes back (a LISTEN) is ended by whoever locks the old login.
 */
function changeLogins(pool: pg.Pool, login: Login, url: Watched<string>, onError: (error: Error) => void): void {
  const alive = new Set<pg.ClientBase>();
  pool.on('connect', (client) => void alive.add(client));
  pool.on('remove', (client) => void alive.delete(client));
  const isOld = (client: pg.ClientBase): boolean => bornWith.get(client) !== login.url;
  let mayEnd = 0;
  pool.on('release', (_error, client) => {
    if (mayEnd === 0 || !isOld(client)) return;
    mayEnd -= 1;
    void client.end();
  });
  let turning: NodeJS.Timeout | undefined;
  const turn = (): void => {
    mayEnd = 1;
    if ([...alive].some(isOld) && !pool.ending) return comeAndGo(pool);
    clearInterval(turning);
    turning = undefined;
  };
  const adopt = async (next: string): Promise<void> => {
    while (next === url.value && next !== login.url && !pool.ending) {
      const refused = await refusal(next);
      if (refused === undefined) {
        login.url = next;
        turning ??= setInterval(turn, TURN_EVERY_MS).unref();
      } else {
        onError(refused);
        await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_MS).unref());
      }
    }
  };
  url.onChange((next) => void adopt(next));
}

/** Idle connections come and go once, so that the old ones among them are seen. */
function comeAndGo(pool: pg.Pool): void {
  for (let idle = pool.idleCount; idle > 0; idle--) {
    pool.connect().then(
      (client) => client.release(),
      () => undefined,
    );
  }
}

async function refusal(url: string): Promise<Error | undefined> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The role of a URL: what of it may be shown. */
const roleOf = (url: string): string => decodeURIComponent(new URL(url).username);
