import { currentSpan, withSpan } from '@souk/observability';
import type pg from 'pg';

type Query = (...args: unknown[]) => Promise<unknown>;

/**
 * A span for each named statement that a request sends straight to the pool; those of a transaction share the span of the
 * transaction. What has no name (health checks, NOTIFY) or belongs to nobody is not worth one.
 */
export function traceStatements(pool: pg.Pool): void {
  const query = pool.query.bind(pool) as unknown as Query;
  const traced: Query = (...args) => {
    const summary = currentSpan()?.isRecording ? nameOf(args[0]) : undefined;
    if (summary === undefined) return query(...args);
    const attributes = { 'db.system.name': 'postgresql', 'db.query.summary': summary };
    return withSpan(`postgresql ${summary}`, { kind: 'client', attributes }, () => query(...args));
  };
  pool.query = traced as unknown as pg.Pool['query'];
}

const nameOf = (config: unknown): string | undefined =>
  typeof config === 'object' && config !== null && 'name' in config && typeof config.name === 'string'
    ? config.name
    : undefined;
