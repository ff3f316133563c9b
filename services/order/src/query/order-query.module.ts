import { randomUUID } from 'node:crypto';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { databaseUrl } from '@souk/config';
import { keyAttributes, topics } from '@souk/contracts';
import { internalAuth } from '@souk/http';
import { KafkaDriver, KafkaProducer, openKafka } from '@souk/kafka';
import { ConsumerStrategy, TracingProducer, ViewConsumerStrategy } from '@souk/messaging';
import { LaneLease, type LeaseDocument } from '@souk/mongo';
import { keepNewest, MongoDeadLetters, MongoStore, prepareDeadLetters } from '@souk/mongo';
import { Metrics } from '@souk/observability';
import {
  AppLogger,
  consumerProviders,
  DeadLettersController,
  HealthRegistry,
  ManagementRoutes,
} from '@souk/service-kit';
import { Background } from './background.js';
import type { OrderQueryConfig } from './config.js';
import { AdminOrdersController } from './http/admin-orders.controller.js';
import { OwnOrdersController } from './http/own-orders.controller.js';
import { CatalogEventsConsumer } from './messaging/catalog-events.consumer.js';
import { OrderEventsConsumer } from './messaging/order-events.consumer.js';
import { OrderLists } from './persistence/order-lists.js';
import { SalesReports } from './persistence/sales-reports.js';
import { Views } from './persistence/views.js';
import { readCatalog } from './rebuild/catalog-source.js';
import { Rebuild } from './rebuild/rebuild.js';
import { RebuildWatch } from './rebuild/rebuild-watch.js';
import { AsOf } from './views/as-of.js';
import { lastMessageWins } from './views/last-message-wins.naive.js';
import { Projector } from './views/projector.js';

/** Consumer group, and name of this deployable. */
const NAME = 'order-query';
const SELF = randomUUID();
/** How long a killed rebuild keeps others from starting over. */
const LEASE_MS = 10_000;
const CATALOG_MS = 60_000;

const now = (): Date => new Date();
/** The variant `order-query-unguarded` shows what the version guard is for. */
const writeOf = ({ SOUK_VARIANTS }: OrderQueryConfig) =>
  SOUK_VARIANTS.includes('order-query-unguarded') ? lastMessageWins : keepNewest;

const edges = (config: OrderQueryConfig, driver?: KafkaDriver): Provider[] => [
  { provide: APP_GUARD, useFactory: () => internalAuth({ jwksUrl: config.INTERNAL_JWKS_URL }) },
  {
    provide: MongoStore,
    useFactory: (logger: AppLogger) => new MongoStore({ url: config.MONGO_URL, logger, prepare: prepareDeadLetters }),
    inject: [AppLogger],
  },
  {
    provide: KafkaDriver,
    useFactory: (logger: AppLogger) =>
      driver ??
      openKafka(config.SOUK_KAFKA_DRIVER, {
        brokers: config.KAFKA_BROKERS,
        clientId: NAME,
        logger: logger.child({ component: 'kafka' }),
      }),
    inject: [AppLogger],
  },
  {
    provide: KafkaProducer,
    useFactory: (kafka: KafkaDriver) => new TracingProducer(kafka.producer(), keyAttributes),
    inject: [KafkaDriver],
  },
  {
    provide: ConsumerStrategy,
    useFactory: (
      kafka: KafkaDriver,
      producer: KafkaProducer,
      { db }: MongoStore,
      watch: RebuildWatch,
      logger: AppLogger,
    ) =>
      new ViewConsumerStrategy({
        driver: kafka,
        producer,
        topics: [topics.orderEvents, topics.catalogProducts],
        groupId: NAME,
        deadLetterTopic: topics.orderQueryDeadLetters.name,
        letters: new MongoDeadLetters(db),
        keyAttributes,
        onGap: (topic) => watch.gap(topic),
        logger: logger.child({ component: 'consumer' }),
      }),
    inject: [KafkaDriver, KafkaProducer, MongoStore, RebuildWatch, AppLogger],
  },
];

const views = (config: OrderQueryConfig): Provider[] => [
  { provide: Views, useFactory: ({ db }: MongoStore) => new Views(db), inject: [MongoStore] },
  { provide: Projector, useFactory: (all: Views) => new Projector(all, writeOf(config)), inject: [Views] },
  { provide: OrderLists, useFactory: (all: Views) => new OrderLists(all), inject: [Views] },
  { provide: SalesReports, useFactory: (all: Views) => new SalesReports(all), inject: [Views] },
  {
    provide: AsOf,
    useFactory: ({ db }: MongoStore, all: Views, consumer: ViewConsumerStrategy, logger: AppLogger) =>
      new AsOf({
        self: SELF,
        views: all,
        progress: db.collection('progress'),
        lag: () => consumer.lag(),
        now,
        logger: logger.child({ component: 'progress' }),
      }),
    inject: [MongoStore, Views, ConsumerStrategy, AppLogger],
  },
];

const rebuild = (config: OrderQueryConfig): Provider[] => [
  {
    provide: Rebuild,
    useFactory: ({ db }: MongoStore, all: Views, projector: Projector, kafka: KafkaDriver, logger: AppLogger) => {
      const leases = db.collection<LeaseDocument>('leases');
      const url = databaseUrl(config);
      return new Rebuild({
        views: all,
        projector,
        lease: new LaneLease({ leases, id: 'rebuild', owner: SELF, leaseMs: LEASE_MS, now: Date.now }),
        leaseMs: LEASE_MS,
        status: db.collection('rebuilds'),
        openSource: async () => {
          // What only a rebuild needs is loaded by the first one.
          const { OrderSource } = await import('./rebuild/order-source.js');
          return OrderSource.open(typeof url === 'string' ? url : url.value);
        },
        readProducts: (take, signal) =>
          readCatalog(kafka, { groupId: `${NAME}-rebuild-${randomUUID()}`, signal, timeoutMs: CATALOG_MS }, take),
        now,
        logger: logger.child({ component: 'rebuild' }),
      });
    },
    inject: [MongoStore, Views, Projector, KafkaDriver, AppLogger],
  },
  {
    provide: RebuildWatch,
    useFactory: (all: Views, builder: Rebuild, logger: AppLogger) =>
      new RebuildWatch({ views: all, rebuild: builder, logger: logger.child({ component: 'rebuild' }) }),
    inject: [Views, Rebuild, AppLogger],
  },
  {
    provide: Background,
    useFactory: (
      store: MongoStore,
      driver: KafkaDriver,
      producer: KafkaProducer,
      consumer: ViewConsumerStrategy,
      asOf: AsOf,
      builder: Rebuild,
      watch: RebuildWatch,
      health: HealthRegistry,
      routes: ManagementRoutes,
      metrics: Metrics,
      logger: AppLogger,
    ) =>
      new Background({
        store,
        driver,
        producer,
        consumer,
        asOf,
        rebuild: builder,
        watch,
        health,
        routes,
        metrics,
        logger,
      }),
    inject: [
      MongoStore,
      KafkaDriver,
      KafkaProducer,
      ConsumerStrategy,
      AsOf,
      Rebuild,
      RebuildWatch,
      HealthRegistry,
      ManagementRoutes,
      Metrics,
      AppLogger,
    ],
  },
];

/** Pattern: CQRS. The composition root of the read side: the only place that constructs concrete classes. */
@Module({})
export class OrderQueryModule {
  /** @param driver stands in for Kafka in tests */
  static with(config: OrderQueryConfig, driver?: KafkaDriver): DynamicModule {
    return {
      module: OrderQueryModule,
      controllers: [
        OwnOrdersController,
        AdminOrdersController,
        DeadLettersController,
        OrderEventsConsumer,
        CatalogEventsConsumer,
      ],
      providers: [...edges(config, driver), ...consumerProviders(NAME), ...views(config), ...rebuild(config)],
    };
  }
}
