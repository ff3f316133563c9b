import type { OnApplicationShutdown } from '@nestjs/common';
import { type DatabaseEnv, databaseUrl } from '@souk/config';
import { createPgPool, type HealthRegistry, type WatchedFiles } from '@souk/service-kit';
import type pg from 'pg';

/** The one pool of the process: ready when it answers, ended when the last request is done. */
export class PaymentPool implements OnApplicationShutdown {
  readonly pool: pg.Pool;

  constructor(config: DatabaseEnv, health: HealthRegistry, files: WatchedFiles) {
    this.pool = createPgPool({ url: databaseUrl(config), files, name: 'payment', max: 4 });
    health.addReadiness('postgres', async () => void (await this.pool.query('select 1')));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.end();
  }
}
