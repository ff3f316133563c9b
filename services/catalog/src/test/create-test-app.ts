import { INTERNAL_AUDIENCE, INTERNAL_ISSUER } from '@souk/contracts';
import { KafkaProducer } from '@souk/kafka';
import type { ProducerRecord } from '@souk/kafka';
import { createApp } from '@souk/service-kit';
import { startTestGateway, uniqueMongoUrl, waitFor } from '@souk/testing';
import { CatalogModule } from '../catalog.module.js';
import type { CatalogConfig } from '../config.js';
import { MongoStore } from '../persistence/mongo-store.js';

/** A broker in memory that can be switched off. */
export class TestBroker extends KafkaProducer {
  readonly records: ProducerRecord[] = [];
  up = true;

  async send(records: readonly ProducerRecord[]): Promise<void> {
    if (!this.up) throw new Error('the broker is down');
    this.records.push(...records);
  }

  async close(): Promise<void> {
    // Nothing to close.
  }
}

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly body?: unknown;
  readonly as?: 'alice' | 'admin' | 'anonymous' | 'nobody';
  readonly headers?: Record<string, string>;
}

/** The whole service on a database of its own; in place of broker and gateway stand the two doubles. */
export const createTestApp = async () => {
  const gateway = await startTestGateway({ issuer: INTERNAL_ISSUER, audience: INTERNAL_AUDIENCE });
  const broker = new TestBroker();
  const config: CatalogConfig = {
    SOUK_MODE: 'development',
    HTTP_HOST: '127.0.0.1',
    HTTP_PORT: 0,
    MANAGEMENT_PORT: 0,
    LOG_LEVEL: 'silent',
    SOUK_VARIANTS: [],
    SOUK_FAILPOINTS: '',
    TRACES_PER_SECOND: 10,
    KAFKA_BROKERS: [],
    SOUK_KAFKA_DRIVER: 'kafkajs',
    INTERNAL_JWKS_URL: gateway.jwksUrl,
    MONGO_URL: uniqueMongoUrl('catalog'),
  };
  const app = await createApp(CatalogModule.with(config, { producer: broker }), config, { name: 'catalog' });
  await app.init();
  const store = app.get(MongoStore, { strict: false });
  await waitFor(() => store.ping().then(() => true), { what: 'the store' });

  const tokens = {
    alice: gateway.tokenFor('alice', 'customer'),
    admin: gateway.tokenFor('admin', 'admin'),
    anonymous: gateway.tokenFor('anonymous'),
  };
  const call = async ({ method = 'GET', url, body, as = 'anonymous', headers = {} }: Call) => {
    const authorization = as === 'nobody' ? {} : { authorization: `Bearer ${tokens[as]}` };
    const payload = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await app.inject({
      method,
      url,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...authorization, ...headers },
      ...(body === undefined ? {} : { payload }),
    });
    const json = response.json<Record<string, unknown>>();
    return { status: response.statusCode, type: response.headers['content-type'], body: json };
  };
  const close = async (): Promise<void> => {
    await store.connection.dropDatabase();
    await app.close();
    gateway.stop();
  };
  return { call, broker, close };
};
