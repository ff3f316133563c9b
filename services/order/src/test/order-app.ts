import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Variant } from '@souk/config';
import { INTERNAL_AUDIENCE, INTERNAL_ISSUER, type OrderSettings, serviceSettings, topics } from '@souk/contracts';
import { ConsumerStrategy } from '@souk/messaging';
import { createApp } from '@souk/service-kit';
import { createTestDatabase, startTestGateway, type TestDatabase } from '@souk/testing';
import { OrderModule } from '../order.module.js';
import { aProduct } from './order-database.js';
import { ScriptedInventory } from './scripted-inventory.js';
import { ScriptedPayment } from './scripted-payment.js';

export interface TestApp {
  readonly app: NestFastifyApplication;
  readonly database: TestDatabase;
  readonly inventory: ScriptedInventory;
  readonly payment: ScriptedPayment;
  /** As an operator would change them while the service runs. */
  readonly settings: { value: OrderSettings };
  /** Authorization header of an internal token. */
  readonly as: (sub: string, ...roles: string[]) => Promise<{ authorization: string }>;
  close(): Promise<void>;
}

/** The service as production composes it, on a real database; gateway, broker and the outside world are stand-ins. */
export async function createTestApp(...variants: Variant[]): Promise<TestApp> {
  const gateway = await startTestGateway({ issuer: INTERNAL_ISSUER, audience: INTERNAL_AUDIENCE });
  const database = await createTestDatabase('order_app', join(import.meta.dirname, '../../migrations'));
  const inventory = new ScriptedInventory();
  const payment = new ScriptedPayment();
  const config = {
    SOUK_MODE: 'development',
    HTTP_HOST: '127.0.0.1',
    HTTP_PORT: 0,
    MANAGEMENT_PORT: 0,
    LOG_LEVEL: 'fatal',
    SOUK_VARIANTS: variants,
    SOUK_FAILPOINTS: '',
    TRACES_PER_SECOND: 10,
    KAFKA_BROKERS: ['unused:1'],
    SOUK_KAFKA_DRIVER: 'kafkajs',
    INTERNAL_JWKS_URL: gateway.jwksUrl,
    DATABASE_URL: database.url,
    DATABASE_POOL_REQUESTS: 4,
    DATABASE_POOL_BACKGROUND: 6,
    PAYMENT_URL: await payment.open(),
    RESERVATION_TTL_MS: 900_000,
    SAGA_ELECTION: 'sql',
    KUBERNETES_SERVICE_HOST: 'unused',
    KUBERNETES_SERVICE_PORT: 443,
    KUBERNETES_CREDENTIALS: '/nowhere',
  } as const satisfies Parameters<typeof OrderModule.with>[0];
  const settings = { value: serviceSettings.order.parse({ returnDays: 14, snapshotEvery: 3 }) };
  const app = await createApp(OrderModule.with(config, { driver: inventory, settings }), config);
  app.connectMicroservice({ strategy: app.get(ConsumerStrategy) }, { inheritAppConfig: false });
  await app.startAllMicroservices();
  await app.listen(0, '127.0.0.1');
  for (const sku of ['TEAPOT', 'CUP', 'SOLD-OUT'])
    await inventory.deliver(topics.catalogProducts, 'product.created.v1', sku, aProduct(sku, 1));
  const as: TestApp['as'] = async (sub, ...roles) => ({ authorization: `Bearer ${gateway.tokenFor(sub, ...roles)}` });
  const close = async () => {
    await app.close();
    payment.close();
    gateway.stop();
    await database.drop();
  };
  return { app, database, inventory, payment, settings, as, close };
}
