import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { Metrics } from '@souk/observability';
import type pg from 'pg';
import type { Queryable } from './outbox.js';

/** What stands in the outbox. */
export interface OutboxBacklog {
  /** Rows, the parked ones and those behind them included; more than MOST count as MOST. */
  readonly depth: number;
  /** Age of the oldest row, in seconds; 0 when there is none. */
  readonly ageSeconds: number;
  /** Keys that wait because the broker refused a row. */
  readonly parked: number;
}

const EVERY_MS = 5_000;
const MOST = 100_000;
const NOTHING: OutboxBacklog = { depth: 0, ageSeconds: 0, parked: 0 };

/**
 * By the index, which forgets deleted rows as soon as the relay has passed them; the table keeps them until it is vacuumed, and
 * reading it as a whole costs up to 100 times as much. Two statements in one message are one transaction.
 */
const CENSUS = `set local enable_seqscan = off;
  select count(*)::int as depth,
    coalesce(extract(epoch from clock_timestamp() - min(created_at)), 0)::float8 as "ageSeconds",
    (select count(*)::int from outbox_parked) as parked
  from (select created_at from outbox order by id limit ${MOST}) as oldest`;

export async function readBacklog(db: Queryable): Promise<OutboxBacklog> {
  const results: unknown = await db.query(CENSUS); // one result a statement
  const [, census] = results as pg.QueryResult<OutboxBacklog>[];
  return census?.rows[0] ?? NOTHING;
}

/**
 * Tells the metrics what stands in the outbox. It looks by itself and not through the relay, whose own connection waits for the
 * broker just when this matters; without the database the last values stay.
 */
export class OutboxWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #db: Queryable;
  readonly #everyMs: number;
  #backlog = NOTHING;
  #timer: NodeJS.Timeout | undefined;

  constructor(metrics: Metrics, db: Queryable, everyMs = EVERY_MS) {
    this.#db = db;
    this.#everyMs = everyMs;
    metrics.gauge(
      'souk_outbox_depth',
      `Messages that are committed and not yet published; ${MOST} stands for all numbers above it.`,
      () => this.#backlog.depth,
    );
    metrics.gauge('souk_outbox_age_seconds', 'Age of the oldest of them.', () => this.#backlog.ageSeconds);
    metrics.gauge(
      'souk_outbox_parked',
      'Keys that wait because the broker refused a message.',
      () => this.#backlog.parked,
    );
  }

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => this.#look(), this.#everyMs);
    this.#look();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    readBacklog(this.#db).then(
      (backlog) => (this.#backlog = backlog),
      () => undefined,
    );
  }
}
