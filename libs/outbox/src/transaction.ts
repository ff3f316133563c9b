import { currentSpan, withSpan } from '@souk/observability';
import type pg from 'pg';
import type { Queryable } from './outbox.js';

/** An open transaction: pass it on, never keep it. */
export type PgTx = Queryable;

/**
 * Runs `work` between BEGIN and COMMIT. A client whose ROLLBACK fails is destroyed, because node-postgres would hand the
 * broken connection to the next caller (brianc/node-postgres#3399).
 */
export function withTransaction<T>(pool: pg.Pool, work: (tx: PgTx) => Promise<T>): Promise<T> {
  if (!currentSpan()?.isRecording) return inTransaction(pool, work);
  const attributes = { 'db.system.name': 'postgresql' };
  return withSpan('postgresql transaction', { kind: 'client', attributes }, () => inTransaction(pool, work));
}

/** The same without a span of its own, for work that is a transaction and nothing else. `begin` may go on after its BEGIN. */
export async function inTransaction<T>(pool: pg.Pool, work: (tx: PgTx) => Promise<T>, begin = 'begin'): Promise<T> {
  const client = await pool.connect();
  // Errors on a checked-out client bypass pool.on('error') (brianc/node-postgres#3202); the query under way reports them too.
  const ignore = (): void => undefined;
  client.on('error', ignore);
  let broken: Error | undefined;
  try {
    await client.query(begin);
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((cause: unknown) => {
      broken = cause instanceof Error ? cause : new Error(String(cause));
    });
    throw error;
  } finally {
    client.off('error', ignore);
    client.release(broken);
  }
}

/** The statement timeout: in class 57, but what is always too slow must not be tried for ever. */
const QUERY_CANCELED = '57014';
const TRANSIENT_CLASSES = ['08', '28', '40', '53', '57'];
/** A standby, in the middle of a failover: the next connection finds who may write. */
const READ_ONLY = '25006';
const CONNECTION_ERRORS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  '55P03',
]);
const CONNECTION_MESSAGES =
  /connection terminated|connection error|timeout exceeded when trying to connect|query read timeout|client has encountered/i;

/**
 * Whether a later try of the same work can succeed: lost connections, shutdowns, a login that is not let in (its password has changed
 * and the new one is on its way), resource shortage, serialization failures and deadlocks (SQLSTATE classes of PostgreSQL appendix A), as
 * opposed to a fault of the work itself.
 */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isTransient);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const sqlState =
    /^[0-9A-Z]{5}$/.test(code) && TRANSIENT_CLASSES.includes(code.slice(0, 2)) && code !== QUERY_CANCELED;
  return sqlState || code === READ_ONLY || CONNECTION_ERRORS.has(code) || CONNECTION_MESSAGES.test(error.message);
}
