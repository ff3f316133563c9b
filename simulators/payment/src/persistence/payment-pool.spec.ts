import { expect, it } from '@jest/globals';
import { HealthRegistry, WatchedFiles } from '@souk/service-kit';
import { PaymentPool } from './payment-pool.js';

it('a connection that breaks, or a new login that is refused, is logged', async () => {
  const warnings: object[] = [];
  const silent = { info: () => undefined, error: () => undefined };
  const config = { DATABASE_URL: 'postgres://payment_app:secret@127.0.0.1:1/souk_payment' };
  const logger = { warn: (fields: object) => void warnings.push(fields) };
  const payments = new PaymentPool(config, new HealthRegistry(), new WatchedFiles(silent), logger);
  const broken = new Error('terminating connection due to administrator command');
  payments.pool.emit('error', broken, {} as never);
  await payments.onApplicationShutdown();
  expect(warnings).toEqual([{ err: broken }]);
});
