/** Pattern: Bulkhead. Requests and background work of one service each have connections of their own. */
import type { Provider } from '@nestjs/common';
import { type DatabaseEnv, databaseUrl } from '@souk/config';
import { Metrics } from '@souk/observability';
import pg from 'pg';
import { AppLogger } from './kit.module.js';
import { createPgPool } from './pg-pool.js';
import { WatchedFiles } from './watched-files.js';

/** Connections of consumers, relays and timers. `pg.Pool` alone stands for those of requests. */
export abstract class BackgroundPool extends pg.Pool {}

export type PoolSizes = Readonly<Record<'DATABASE_POOL_REQUESTS' | 'DATABASE_POOL_BACKGROUND', number>>;
/** A pool of `max` connections. */
type Open = (max: number) => pg.Pool;
export type OpenPools = (open: Open, sizes: PoolSizes) => PgPools;

export class PgPools {
  constructor(
    readonly requests: pg.Pool,
    readonly background: pg.Pool,
  ) {}

  /** When everything that uses them has stopped. */
  async end(): Promise<void> {
    await Promise.all([...new Set([this.requests, this.background])].map((pool) => pool.end()));
  }

  addTo(metrics: Metrics): void {
    const each = (read: (pool: pg.Pool) => Record<string, number>) => () =>
      (['requests', 'background'] as const).flatMap((pool) =>
        Object.entries(read(this[pool])).map(([state, value]) => ({ labels: { pool, state }, value })),
      );
    metrics.gauge(
      'souk_db_connections',
      'Connections of a pool; idle ones are its reserve, as are those not open.',
      each(({ totalCount, idleCount, options }) => ({
        busy: totalCount - idleCount,
        idle: idleCount,
        'not-open': options.max - totalCount,
      })),
    );
    metrics.gauge(
      'souk_db_waiting',
      'Who waits for a connection of a pool.',
      each(({ waitingCount }) => ({ waiting: waitingCount })),
    );
  }
}

/** Whoever fills the one leaves the other as it was. */
export const twoPools: OpenPools = (open, sizes) =>
  new PgPools(open(sizes.DATABASE_POOL_REQUESTS), open(sizes.DATABASE_POOL_BACKGROUND));

/** `pg.Pool`, `BackgroundPool`, and `PgPools` to end both; `choose` is asked when they are opened. */
export const poolProviders = (name: string, config: DatabaseEnv & PoolSizes, choose: () => OpenPools): Provider[] => [
  {
    provide: PgPools,
    useFactory: (logger: AppLogger, files: WatchedFiles, metrics: Metrics) => {
      const url = databaseUrl(config);
      const onError = (err: Error): void => logger.warn({ err }, 'a connection broke, or was refused');
      const opened = choose()((max) => createPgPool({ url, files, name, max, onError }), config);
      opened.addTo(metrics);
      return opened;
    },
    inject: [AppLogger, WatchedFiles, Metrics],
  },
  { provide: pg.Pool, useFactory: ({ requests }: PgPools) => requests, inject: [PgPools] },
  { provide: BackgroundPool, useFactory: ({ background }: PgPools) => background, inject: [PgPools] },
];
