import { randomUUID } from 'node:crypto';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { keyAttributes, topics } from '@souk/contracts';
import { internalAuth } from '@souk/http';
import { KafkaDriver, KafkaProducer, openKafka } from '@souk/kafka';
import { ConsumerStrategy, TracingProducer, ViewConsumerStrategy } from '@souk/messaging';
import { MongoDeadLetters, MongoStore } from '@souk/mongo';
import { Metrics } from '@souk/observability';
import { AppLogger, consumerProviders, DeadLettersController, HealthRegistry } from '@souk/service-kit';
import { Background } from './background.js';
import type { RecommendationConfig } from './config.js';
import { CoPurchaseRecommender } from './domain/co-purchase.js';
import { PopularityRecommender } from './domain/popularity.naive.js';
import { Recommender } from './domain/recommender.js';
import { RecommendationsController } from './http/recommendations.controller.js';
import { ActivityConsumer } from './messaging/activity.consumer.js';
import { CatalogEventsConsumer } from './messaging/catalog-events.consumer.js';
import { OrderEventsConsumer } from './messaging/order-events.consumer.js';
import { StockEventsConsumer } from './messaging/stock-events.consumer.js';
import { ChangeFeed } from './persistence/change-feed.js';
import { collectionsOf, createIndexes } from './persistence/documents.js';
import { ViewStore } from './persistence/view-store.js';
import { Recommend } from './use-cases/recommend.js';
import { MarketFollower } from './views/market-follower.js';

const now = (): number => Date.now();
const consumed = [topics.orderEvents, topics.catalogProducts, topics.inventoryStock, topics.activity];

/** The variant `recommendation-popular` knows no pairs; the quality test fails with it. */
const recommenderOf = ({ SOUK_VARIANTS }: RecommendationConfig): Recommender =>
  SOUK_VARIANTS.includes('recommendation-popular') ? new PopularityRecommender() : new CoPurchaseRecommender();

/** What a test may replace: the ways out of the process, nothing inside. */
export interface RecommendationEdges {
  readonly driver?: KafkaDriver;
}

const infrastructure = (config: RecommendationConfig, { driver }: RecommendationEdges): Provider[] => [
  { provide: APP_GUARD, useFactory: () => internalAuth({ jwksUrl: config.INTERNAL_JWKS_URL }) },
  {
    provide: MongoStore,
    useFactory: (logger: AppLogger) =>
      new MongoStore({ url: config.MONGO_URL, logger, maxPoolSize: 4, prepare: createIndexes }),
    inject: [AppLogger],
  },
  {
    provide: KafkaDriver,
    useFactory: (logger: AppLogger) =>
      driver ??
      openKafka(config.SOUK_KAFKA_DRIVER, {
        brokers: config.KAFKA_BROKERS,
        clientId: 'recommendation',
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
    useFactory: (kafka: KafkaDriver, producer: KafkaProducer, { db }: MongoStore, logger: AppLogger) =>
      new ViewConsumerStrategy({
        driver: kafka,
        producer,
        topics: consumed,
        groupId: 'recommendation',
        deadLetterTopic: topics.recommendationDeadLetters.name,
        letters: new MongoDeadLetters(db),
        keyAttributes,
        // There is no other source to build from: what is gone from the log is gone from the views.
        onGap: (topic) => logger.error({ topic }, 'messages were gone before they were read; the views lack them'),
        logger: logger.child({ component: 'consumer' }),
      }),
    inject: [KafkaDriver, KafkaProducer, MongoStore, AppLogger],
  },
];

const views: Provider[] = [
  {
    provide: ChangeFeed,
    useFactory: (store: MongoStore) => new ChangeFeed(collectionsOf(store.db).changes),
    inject: [MongoStore],
  },
  {
    provide: ViewStore,
    useFactory: (store: MongoStore, feed: ChangeFeed) => new ViewStore(collectionsOf(store.db), feed),
    inject: [MongoStore, ChangeFeed],
  },
  {
    provide: MarketFollower,
    useFactory: (store: ViewStore, feed: ChangeFeed, consumer: ViewConsumerStrategy, logger: AppLogger) =>
      new MarketFollower({ store, feed, replica: randomUUID(), readThrough: () => consumer.lag().asOf, now, logger }),
    inject: [ViewStore, ChangeFeed, ConsumerStrategy, AppLogger],
  },
];

/** The composition root: the only place that constructs concrete classes. */
@Module({})
export class RecommendationModule {
  static with(config: RecommendationConfig, edges: RecommendationEdges = {}): DynamicModule {
    return {
      module: RecommendationModule,
      controllers: [
        RecommendationsController,
        DeadLettersController,
        OrderEventsConsumer,
        CatalogEventsConsumer,
        StockEventsConsumer,
        ActivityConsumer,
      ],
      providers: [
        ...infrastructure(config, edges),
        ...consumerProviders('recommendation'),
        ...views,
        {
          provide: Recommend,
          useFactory: (follower: MarketFollower, store: ViewStore) =>
            new Recommend(follower, recommenderOf(config), store),
          inject: [MarketFollower, ViewStore],
        },
        {
          provide: Background,
          useFactory: (...parts: ConstructorParameters<typeof Background>) => new Background(...parts),
          inject: [
            MongoStore,
            KafkaDriver,
            KafkaProducer,
            ViewStore,
            MarketFollower,
            ConsumerStrategy,
            Recommend,
            HealthRegistry,
            Metrics,
            AppLogger,
          ],
        },
      ],
    };
  }
}
