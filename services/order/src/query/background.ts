import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { topics } from '@souk/contracts';
import { checkTopics, type KafkaDriver, type KafkaProducer } from '@souk/kafka';
import type { ViewConsumerStrategy } from '@souk/messaging';
import type { MongoStore } from '@souk/mongo';
import type { Metrics } from '@souk/observability';
import type { AppLogger, HealthRegistry, ManagementRoutes } from '@souk/service-kit';
import { addMetrics } from './metrics.js';
import type { Rebuild } from './rebuild/rebuild.js';
import { rebuildRoutes } from './rebuild/rebuild-routes.js';
import type { RebuildWatch } from './rebuild/rebuild-watch.js';
import type { AsOf } from './views/as-of.js';

const USED = [topics.orderEvents, topics.catalogProducts, topics.orderQueryDeadLetters];

export interface BackgroundParts {
  readonly store: MongoStore;
  readonly driver: KafkaDriver;
  readonly producer: KafkaProducer;
  readonly consumer: ViewConsumerStrategy;
  readonly asOf: AsOf;
  readonly rebuild: Rebuild;
  readonly watch: RebuildWatch;
  readonly health: HealthRegistry;
  readonly routes: ManagementRoutes;
  readonly metrics: Metrics;
  readonly logger: AppLogger;
}

/** What runs beside requests. Ready means that lists can be read: however far behind they are, and with the broker away too. */
export class Background implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #parts: BackgroundParts;

  constructor(parts: BackgroundParts) {
    this.#parts = parts;
  }

  onApplicationBootstrap(): void {
    const { store, driver, consumer, asOf, rebuild, watch, health, routes, metrics, logger } = this.#parts;
    checkTopics(driver, USED).catch((err: unknown) => logger.error({ err }, 'the topics could not be checked'));
    health.addReadiness('mongodb', () => store.ping());
    health.addLowPriority('kafka', () => checkTopics(driver, USED));
    addMetrics(metrics, { lag: () => consumer.lag(), asOf, rebuild, now: Date.now });
    rebuildRoutes(routes, rebuild);
    void store.open().then(async (usable) => {
      if (!usable) return;
      await asOf.start();
      watch.start();
    });
  }

  async onApplicationShutdown(): Promise<void> {
    const { store, producer, asOf, rebuild, watch } = this.#parts;
    watch.stop();
    await rebuild.stop();
    await asOf.stop();
    await producer.close();
    await store.close();
  }
}
