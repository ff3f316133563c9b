import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { INTERNAL_AUDIENCE, INTERNAL_ISSUER, type PublicOrder, topics } from '@souk/contracts';
import type { Variant } from '@souk/config';
import { ConsumerStrategy } from '@souk/messaging';
import { MongoStore } from '@souk/mongo';
import { createApp, ManagementRoutes } from '@souk/service-kit';
import { createTestDatabase, startTestGateway, type TestDatabase, uniqueMongoUrl, waitFor } from '@souk/testing';
import { OrderQueryModule } from '../order-query.module.js';
import { type OrderDocument, type SaleDocument, toPublicOrder } from '../persistence/documents.js';
import { Views } from '../persistence/views.js';
import { Rebuild } from '../rebuild/rebuild.js';
import { ScriptedLog } from './scripted-log.js';

export interface QueryAppOptions {
  readonly variants?: Variant[];
  /** The stores of an app before, to stand in for a restart. */
  readonly on?: Pick<QueryApp, 'database' | 'mongoUrl' | 'log'>;
}

export interface QueryApp {
  readonly app: NestFastifyApplication;
  readonly database: TestDatabase;
  readonly mongoUrl: string;
  readonly log: ScriptedLog;
  readonly store: MongoStore;
  readonly views: Views;
  readonly rebuild: Rebuild;
  readonly management: ManagementRoutes;
  get(
    url: string,
    as?: 'alice' | 'bob' | 'admin' | 'anonymous',
  ): Promise<{ status: number; body: Record<string, unknown> }>;
  /** Resolves when they are in the views. */
  publish(...orders: readonly PublicOrder[]): Promise<void>;
  /** What readers see, by order id. */
  orders(): Promise<PublicOrder[]>;
  sales(): Promise<SaleDocument[]>;
  settled(): Promise<void>;
  /** As a kill, but for open connections. */
  stop(): Promise<void>;
  /** Takes the stores along. */
  close(): Promise<void>;
}

const configOf = (database: TestDatabase, mongoUrl: string, jwksUrl: string, variants: Variant[]) =>
  ({
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
    INTERNAL_JWKS_URL: jwksUrl,
    DATABASE_URL: database.url,
    MONGO_URL: mongoUrl,
  }) as const satisfies Parameters<typeof OrderQueryModule.with>[0];

/** The read side as production composes it, on real databases; gateway and broker are stand-ins. */
export async function createQueryApp({ variants = [], on }: QueryAppOptions = {}): Promise<QueryApp> {
  const gateway = await startTestGateway({ issuer: INTERNAL_ISSUER, audience: INTERNAL_AUDIENCE });
  const database =
    on?.database ?? (await createTestDatabase('order_query', join(import.meta.dirname, '../../../migrations')));
  const mongoUrl = on?.mongoUrl ?? uniqueMongoUrl('order_query');
  const log = on?.log ?? new ScriptedLog();
  const config = configOf(database, mongoUrl, gateway.jwksUrl, variants);
  const management = new ManagementRoutes();
  const app = await createApp(OrderQueryModule.with(config, log), config, { routes: management });
  app.connectMicroservice({ strategy: app.get(ConsumerStrategy) }, { inheritAppConfig: false });
  await app.init();
  await app.startAllMicroservices();
  const store = app.get(MongoStore);
  const views = app.get(Views);
  const rebuild = app.get(Rebuild);
  await waitFor(() => store.ping().then(() => true), { what: 'the store' });

  const get: QueryApp['get'] = async (url, as = 'alice') => {
    const token = gateway.tokenFor(as, ...(as === 'admin' ? ['admin'] : as === 'anonymous' ? [] : ['customer']));
    const answer = await app.inject({ url, headers: { authorization: `Bearer ${token}` } });
    return { status: answer.statusCode, body: answer.json<Record<string, unknown>>() };
  };
  const read = async () => views.generation((await views.current()).active);
  const stop = async (): Promise<void> => {
    await app.close();
    gateway.stop();
  };
  return {
    app,
    database,
    mongoUrl,
    log,
    store,
    views,
    rebuild,
    management,
    get,
    publish: (...orders) =>
      log.deliver(
        topics.orderEvents,
        'order.placed.v1',
        orders.map((order) => [order.orderId, order] as const),
      ),
    orders: async () =>
      (await (await read()).orders.find().sort({ _id: 1 }).toArray()).map((found) =>
        toPublicOrder(found as OrderDocument),
      ),
    sales: async () => (await read()).sales.find().sort({ _id: 1 }).toArray(),
    settled: async () => {
      const done = async (): Promise<boolean> => {
        const { complete, building } = await views.current();
        return complete && building === null;
      };
      await waitFor(done, { timeoutMs: 20_000, what: 'complete views' });
      await rebuild.finished();
    },
    stop,
    close: async () => {
      await stop();
      // Only now: an application that runs would begin its views anew.
      const left = new MongoStore({ url: mongoUrl, logger: { warn: () => undefined } });
      await left.open();
      await left.db.dropDatabase();
      await left.close();
      await database.drop();
    },
  };
}
