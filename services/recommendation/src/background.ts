import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { topics } from '@souk/contracts';
import { checkTopics, type KafkaDriver, type KafkaProducer } from '@souk/kafka';
import type { ViewConsumerStrategy } from '@souk/messaging';
import type { MongoStore } from '@souk/mongo';
import type { Metrics } from '@souk/observability';
import type { AppLogger, HealthRegistry } from '@souk/service-kit';
import { addMetrics } from './metrics.js';
import type { ViewStore } from './persistence/view-store.js';
import type { Recommend } from './use-cases/recommend.js';
import type { MarketFollower } from './views/market-follower.js';

const USED = [
  topics.orderEvents,
  topics.catalogProducts,
  topics.inventoryStock,
  topics.activity,
  topics.recommendationDeadLetters,
];
const HOUR_MS = 60 * 60 * 1_000;
/** What a customer did is forgotten when he has not been seen for so long. */
const FORGET_AFTER_MS = 90 * 24 * HOUR_MS;

/** What runs beside the requests. */
export class Background implements OnApplicationBootstrap, OnApplicationShutdown {
  #tidying: NodeJS.Timeout | undefined;

  constructor(
    private readonly store: MongoStore,
    private readonly driver: KafkaDriver,
    private readonly producer: KafkaProducer,
    private readonly views: ViewStore,
    private readonly follower: MarketFollower,
    private readonly consumer: ViewConsumerStrategy,
    private readonly recommend: Recommend,
    private readonly health: HealthRegistry,
    private readonly metrics: Metrics,
    private readonly logger: AppLogger,
  ) {}

  /** Ready with the baskets in memory. From then on answers need neither the store nor the broker; `asOf` tells their age. */
  onApplicationBootstrap(): void {
    const { logger, views } = this;
    this.health.addReadiness('market', async () => {
      if (!this.follower.isLoaded) throw new Error('the baskets are still being read');
    });
    this.health.addLowPriority('mongodb', () => this.store.ping());
    this.health.addLowPriority('kafka', () => checkTopics(this.driver, USED));
    addMetrics(this.metrics, {
      follower: this.follower,
      consumer: this.consumer,
      recommend: this.recommend,
      now: Date.now,
    });
    checkTopics(this.driver, USED).catch((err: unknown) => logger.error({ err }, 'the topics could not be checked'));
    void this.store.open().then((usable) => usable && this.follower.start());
    this.#tidying = setInterval(() => {
      views
        .forgetActivityBefore(Date.now() - FORGET_AFTER_MS)
        .catch((err: unknown) => logger.warn({ err }, 'old activity could not be forgotten'));
    }, HOUR_MS);
    this.#tidying.unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.#tidying);
    await this.follower.stop();
    await this.producer.close();
    await this.store.close();
  }
}
