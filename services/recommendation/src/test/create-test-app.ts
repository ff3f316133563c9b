import { INTERNAL_AUDIENCE, INTERNAL_ISSUER } from '@souk/contracts';
import { ConsumerStrategy } from '@souk/messaging';
import { MongoStore } from '@souk/mongo';
import { createApp, HealthRegistry, ManagementRoutes } from '@souk/service-kit';
import { startTestGateway, uniqueMongoUrl, waitFor } from '@souk/testing';
import { Metrics } from '@souk/observability';
import { MongoClient } from 'mongodb';
import type { RecommendationConfig } from '../config.js';
import { ViewStore } from '../persistence/view-store.js';
import { RecommendationModule } from '../recommendation.module.js';
import { MarketFollower } from '../views/market-follower.js';
import { TestBroker } from './test-broker.js';

/** After the last replica has stopped: a running one would make the database anew. */
export async function dropDatabase(mongoUrl: string): Promise<void> {
  const client = await MongoClient.connect(mongoUrl);
  await client.db().dropDatabase();
  await client.close();
}

export interface TestAppOptions {
  readonly mongoUrl?: string;
  readonly variants?: RecommendationConfig['SOUK_VARIANTS'];
}

/** The whole service; in place of broker and gateway stand doubles. With the same `mongoUrl`, one more replica. */
export async function createTestApp({
  mongoUrl = uniqueMongoUrl('recommendation'),
  variants = [],
}: TestAppOptions = {}) {
  const gateway = await startTestGateway({ issuer: INTERNAL_ISSUER, audience: INTERNAL_AUDIENCE });
  const broker = new TestBroker();
  const [health, metrics] = [new HealthRegistry(), new Metrics()];
  const config: RecommendationConfig = {
    SOUK_MODE: 'development',
    HTTP_HOST: '127.0.0.1',
    HTTP_PORT: 0,
    MANAGEMENT_PORT: 0,
    LOG_LEVEL: 'silent',
    SOUK_VARIANTS: [...variants],
    SOUK_FAILPOINTS: '',
    TRACES_PER_SECOND: 10,
    KAFKA_BROKERS: [],
    SOUK_KAFKA_DRIVER: 'kafkajs',
    INTERNAL_JWKS_URL: gateway.jwksUrl,
    MONGO_URL: mongoUrl,
  };
  const module = RecommendationModule.with(config, { driver: broker });
  const app = await createApp(module, config, {
    name: 'recommendation',
    health,
    metrics,
    routes: new ManagementRoutes(),
  });
  app.connectMicroservice({ strategy: app.get(ConsumerStrategy, { strict: false }) }, { inheritAppConfig: false });
  await app.startAllMicroservices();
  await app.init();
  const follower = app.get(MarketFollower, { strict: false });
  const tokens = {
    ann: gateway.tokenFor('ann', 'customer'),
    bob: gateway.tokenFor('bob', 'customer'),
    anonymous: gateway.tokenFor('anonymous'),
  };

  const get = async (query: string, as: 'ann' | 'bob' | 'anonymous' | 'nobody' = 'anonymous') => {
    const headers = as === 'nobody' ? {} : { authorization: `Bearer ${tokens[as]}` };
    const response = await app.inject({ method: 'GET', url: `/recommendations${query}`, headers });
    return {
      status: response.statusCode,
      type: response.headers['content-type'],
      body: response.json<Record<string, unknown>>(),
    };
  };
  return {
    get,
    broker,
    follower,
    health,
    metrics,
    mongoUrl,
    store: app.get(MongoStore, { strict: false }),
    /** How often products were to be written since the call. */
    countWrites: (): (() => number) => {
      const views = app.get(ViewStore, { strict: false });
      const save = views.saveProducts.bind(views);
      let count = 0;
      views.saveProducts = (products) => {
        count++;
        return save(products);
      };
      return () => count;
    },
    loaded: () => waitFor(() => follower.isLoaded, { what: 'the market' }),
    close: async (): Promise<void> => {
      await app.close();
      gateway.stop();
    },
  };
}
