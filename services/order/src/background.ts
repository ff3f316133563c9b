import type { BeforeApplicationShutdown, OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { topics } from '@souk/contracts';
import type { Elector } from '@souk/election';
import type { HttpClient } from '@souk/http';
import { checkTopics, type KafkaDriver, type KafkaProducer } from '@souk/kafka';
import type { OutboxRelay } from '@souk/outbox';
import type { AppLogger, HealthRegistry, PgPools } from '@souk/service-kit';
import type { OrderSignals } from './persistence/order-signals.js';
import type { PaymentAgent } from './saga/payment-agent.js';
import type { SagaCensus } from './saga/saga-census.js';

export interface BackgroundParts {
  readonly pools: PgPools;
  readonly driver: KafkaDriver;
  readonly producer: KafkaProducer;
  readonly payment: HttpClient;
  readonly relay: OutboxRelay;
  readonly signals: OrderSignals;
  readonly agent: PaymentAgent;
  readonly elector: Elector;
  readonly census: SagaCensus;
  readonly health: HealthRegistry;
  readonly logger: AppLogger;
}

const USED = [
  topics.catalogProducts,
  topics.inventoryCommands,
  topics.inventoryReservations,
  topics.orderEvents,
  topics.orderDeadLetters,
];

/** What runs beside the requests. Stopped in the order in which work flows, so that each has its successor still. */
export class Background implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(private readonly parts: BackgroundParts) {}

  async onApplicationBootstrap(): Promise<void> {
    const { pools, driver, relay, signals, agent, elector, census, health, logger } = this.parts;
    health.addReadiness('postgres', async () => void (await pools.requests.query('select 1')));
    health.addLowPriority('kafka', () => checkTopics(driver, USED));
    checkTopics(driver, USED).catch((err: unknown) => logger.error({ err }, 'the topics could not be checked'));
    signals.start();
    await relay.start();
    agent.start();
    elector.start();
    census.start();
  }

  /** Long polls and streams end now; otherwise they would keep the server from closing. */
  beforeApplicationShutdown(): void {
    this.parts.signals.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    const { pools, producer, payment, relay, agent, elector, census } = this.parts;
    census.stop();
    await elector.stop();
    await agent.stop();
    await relay.stop();
    await Promise.all([producer.close(), payment.close()]);
    await pools.end();
  }
}
