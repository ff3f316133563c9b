import pg from 'pg';

export interface PgPoolOptions {
  readonly url: string;
  /** Stands in pg_stat_activity. */
  readonly name: string;
  /** Connections at most; default 6. */
  readonly max?: number;
  /** Hears of connections that broke while idle; the pool replaces them by itself. */
  readonly onError?: (error: Error) => void;
}

const INT8 = 20;

/** bigint columns arrive as numbers: ours count things and cents, far below 2^53. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === INT8 && format !== 'binary' ? Number : pg.types.getTypeParser(oid, format as 'text'),
};

/** A pool in which nothing waits for ever: 2 s to connect, 5 s a statement, 10 s idle inside a transaction. */
export function createPgPool({ url, name, max = 6, onError = () => undefined }: PgPoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: name,
    max,
    types,
    connectionTimeoutMillis: 2_000,
    statement_timeout: 5_000,
    query_timeout: 6_000,
    idle_in_transaction_session_timeout: 10_000,
    keepAlive: true,
    // Hot statements are prepared key look-ups over arrays: planning each anew cost as much as executing it (0.1-1.3 ms).
    options: '-c plan_cache_mode=force_generic_plan',
  });
  // Without a listener a server restart would end the process.
  pool.on('error', onError);
  return pool;
}
