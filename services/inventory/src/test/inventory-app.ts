import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Variant } from '@souk/config';
import { INTERNAL_AUDIENCE, INTERNAL_ISSUER } from '@souk/contracts';
import { ConsumerStrategy } from '@souk/messaging';
import { createApp, HealthRegistry } from '@souk/service-kit';
import { startTestGateway } from '@souk/testing';
import { InventoryModule } from '../inventory.module.js';
import { RecordingKafka } from './recording-kafka.js';

export interface TestApp {
  readonly app: NestFastifyApplication;
  readonly kafka: RecordingKafka;
  readonly health: HealthRegistry;
  /** Authorization header of an internal token. */
  readonly as: (sub: string, ...roles: string[]) => Promise<{ authorization: string }>;
  close(): Promise<void>;
}

/** The service as production composes it, on the given database; only broker and gateway are stand-ins. */
export async function createTestApp(databaseUrl: string, ...variants: Variant[]): Promise<TestApp> {
  const gateway = await startTestGateway({ issuer: INTERNAL_ISSUER, audience: INTERNAL_AUDIENCE });
  const kafka = new RecordingKafka();
  const health = new HealthRegistry();
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
    DATABASE_URL: databaseUrl,
    DATABASE_POOL_REQUESTS: 3,
    DATABASE_POOL_BACKGROUND: 3,
  } as const satisfies Parameters<typeof InventoryModule.with>[0];
  const app = await createApp(InventoryModule.with(config, kafka), config, { health });
  app.connectMicroservice({ strategy: app.get(ConsumerStrategy) }, { inheritAppConfig: false });
  await app.startAllMicroservices();
  await app.init();
  return {
    app,
    kafka,
    health,
    as: async (sub, ...roles) => ({ authorization: `Bearer ${gateway.tokenFor(sub, ...roles)}` }),
    close: async () => {
      await app.close();
      gateway.stop();
    },
  };
}
