import type { OnApplicationShutdown } from '@nestjs/common';
import { createPgPool, type HealthRegistry } from '@souk/service-kit';
import type pg from 'pg';

/** The one pool of the process: ready when it answers, ended when the last request is done. */
export class PaymentPool implements OnApplicationShutdown {
  readonly pool: pg.Pool;

  constructor(url: string, health: HealthRegistry) {
    this.pool = createPgPool({ url, name: 'payment', max: 4 });
    health.addReadiness('postgres', async () => void (await this.pool.query('select 1')));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.end();
  }
}
