import type { OnApplicationShutdown } from '@nestjs/common';
import { type DatabaseEnv, databaseUrl } from '@souk/config';
import { type AppLogger, createPgPool, type HealthRegistry, type WatchedFiles } from '@souk/service-kit';
import type pg from 'pg';

/** The one pool of the process: ready when it answers, ended when the last request is done. */
export class PaymentPool implements OnApplicationShutdown {
  readonly pool: pg.Pool;

  constructor(config: DatabaseEnv, health: HealthRegistry, files: WatchedFiles, logger: Pick<AppLogger, 'warn'>) {
    this.pool = createPgPool({
      url: databaseUrl(config),
      files,
      name: 'payment',
      max: 4,
      onError: (err) => logger.warn({ err }, 'a connection broke, or was refused'),
    });
    health.addReadiness('postgres', async () => void (await this.pool.query('select 1')));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.end();
  }
}
