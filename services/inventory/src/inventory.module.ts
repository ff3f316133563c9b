import {
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type Provider,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { keyAttributes, topics } from '@souk/contracts';
import { definePoint, failpoint } from '@souk/failpoints';
import { internalAuth } from '@souk/http';
import { checkTopics, KafkaDriver, KafkaProducer, openKafka } from '@souk/kafka';
import { ConsumerStrategy, PgConsumerStrategy, pruneInbox, TracingProducer, weakened } from '@souk/messaging';
import { relayFor, OutboxRelay, OutboxWatch } from '@souk/outbox';
import { Metrics } from '@souk/observability';
import {
  AppLogger,
  BackgroundPool,
  consumerProviders,
  DeadLettersController,
  HealthRegistry,
  onePool,
  PgPools,
  poolProviders,
  twoPools,
} from '@souk/service-kit';
import pg from 'pg';
import type { InventoryConfig } from './config.js';
import { ReservationRules, reservationRules } from './domain/reservation-rules.js';
import { commitWhenExpired, releaseAfterCommit } from './domain/reservation-rules.naive.js';
import { ReceiptsController } from './http/receipts.controller.js';
import { StockController } from './http/stock.controller.js';
import { InventoryCommandsConsumer } from './messaging/inventory-commands.consumer.js';
import { OrderEventsConsumer, undoneOrders } from './messaging/order-events.consumer.js';
import { PgStockBooks } from './persistence/pg-stock-books.js';
import { readThenWrite } from './persistence/pg-stock-books.naive.js';
import { StockBooks } from './persistence/stock-books.js';
import { ReservationSweeper } from './sweeper/reservation-sweeper.js';
import { ExpireReservations } from './use-cases/expire-reservations.js';
import { GetStock } from './use-cases/get-stock.js';
import { ReceiveStock } from './use-cases/receive-stock.js';

const NAME = 'inventory';
const AFTER_COMMIT = definePoint('inventory.after-commit', 'a transaction is committed, the relay has not been woken');

const consumed = [topics.inventoryCommands, undoneOrders];
const used = [...consumed, topics.inventoryReservations, topics.inventoryStock, topics.inventoryDeadLetters];

/** Wakes the relay; a wake-up that gets lost costs a poll interval, not a message. */
const wakes = (relay: OutboxRelay) => (): void =>
  void failpoint(AFTER_COMMIT).then(
    () => relay.wake(),
    () => undefined,
  );

const useCases: Provider[] = [
  { provide: GetStock, useFactory: (pool: pg.Pool) => new GetStock(pool), inject: [pg.Pool] },
  {
    provide: ReceiveStock,
    useFactory: (pool: pg.Pool, relay: OutboxRelay) => new ReceiveStock(pool, wakes(relay)),
    inject: [pg.Pool, OutboxRelay],
  },
  {
    provide: ExpireReservations,
    useFactory: (pool: pg.Pool, books: StockBooks, relay: OutboxRelay) =>
      new ExpireReservations({ pool, books, afterCommit: wakes(relay) }),
    inject: [BackgroundPool, StockBooks, OutboxRelay],
  },
  {
    provide: ReservationSweeper,
    useFactory: (expireReservations: ExpireReservations, pool: pg.Pool, logger: AppLogger) =>
      new ReservationSweeper({
        expireReservations,
        forget: () => pruneInbox(pool),
        logger: logger.child({ component: 'sweeper' }),
      }),
    inject: [ExpireReservations, BackgroundPool, AppLogger],
  },
];

const rulesOf = ({ SOUK_VARIANTS }: InventoryConfig): ReservationRules => {
  if (SOUK_VARIANTS.includes('release-after-commit')) return releaseAfterCommit;
  return SOUK_VARIANTS.includes('commit-when-expired') ? commitWhenExpired : reservationRules;
};

const statementsOf = ({ SOUK_VARIANTS }: InventoryConfig) =>
  SOUK_VARIANTS.includes('stock-read-then-write') ? readThenWrite : undefined;

const messaging = (config: InventoryConfig): Provider[] => [
  {
    provide: KafkaProducer,
    useFactory: (driver: KafkaDriver) => new TracingProducer(driver.producer(), keyAttributes),
    inject: [KafkaDriver],
  },
  {
    provide: OutboxRelay,
    useFactory: (pool: pg.Pool, producer: KafkaProducer, logger: AppLogger) =>
      relayFor(config.SOUK_VARIANTS)({ pool, producer, logger: logger.child({ component: 'relay' }) }),
    inject: [BackgroundPool, KafkaProducer, AppLogger],
  },
  {
    provide: OutboxWatch,
    useFactory: (metrics: Metrics, pool: pg.Pool) => new OutboxWatch(metrics, pool),
    inject: [Metrics, BackgroundPool],
  },
  {
    provide: ConsumerStrategy,
    useFactory: (driver: KafkaDriver, pool: pg.Pool, relay: OutboxRelay, logger: AppLogger) =>
      new PgConsumerStrategy({
        driver,
        pool,
        logger: logger.child({ component: 'consumer' }),
        groupId: NAME,
        weakening: weakened(config.SOUK_VARIANTS),
        keyAttributes,
        topics: consumed,
        deadLetterTopic: topics.inventoryDeadLetters.name,
        afterCommit: wakes(relay),
      }),
    inject: [KafkaDriver, BackgroundPool, OutboxRelay, AppLogger],
  },
];

const createDriver = (config: InventoryConfig, logger: AppLogger): Promise<KafkaDriver> =>
  openKafka(config.SOUK_KAFKA_DRIVER, {
    brokers: config.KAFKA_BROKERS,
    clientId: NAME,
    logger: logger.child({ component: 'kafka' }),
  });

/** The composition root: the only file that constructs concrete classes. */
@Module({})
export class InventoryModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    @Inject(PgPools) private readonly pools: PgPools,
    @Inject(KafkaDriver) private readonly driver: KafkaDriver,
    @Inject(KafkaProducer) private readonly producer: KafkaProducer,
    @Inject(ConsumerStrategy) private readonly consumer: ConsumerStrategy,
    @Inject(OutboxRelay) private readonly relay: OutboxRelay,
    @Inject(ReservationSweeper) private readonly sweeper: ReservationSweeper,
    @Inject(HealthRegistry) private readonly health: HealthRegistry,
  ) {}

  /** @param driver stands in for Kafka in tests */
  static with(config: InventoryConfig, driver?: KafkaDriver): DynamicModule {
    return {
      module: InventoryModule,
      controllers: [
        StockController,
        ReceiptsController,
        DeadLettersController,
        InventoryCommandsConsumer,
        OrderEventsConsumer,
      ],
      providers: [
        { provide: APP_GUARD, useFactory: () => internalAuth({ jwksUrl: config.INTERNAL_JWKS_URL }) },
        ...poolProviders(NAME, config, () => (config.SOUK_VARIANTS.includes('one-pool') ? onePool : twoPools)),
        {
          provide: KafkaDriver,
          useFactory: (logger: AppLogger) => driver ?? createDriver(config, logger),
          inject: [AppLogger],
        },
        { provide: StockBooks, useFactory: () => new PgStockBooks(statementsOf(config)) },
        { provide: ReservationRules, useFactory: () => rulesOf(config) },
        ...messaging(config),
        ...consumerProviders(NAME),
        ...useCases,
      ],
    };
  }

  async onApplicationBootstrap(): Promise<void> {
    this.addReadiness();
    await this.relay.start();
    this.sweeper.start();
  }

  /** Nest has closed the API and drained the consumers before; what they committed is relayed by the next start. */
  async onApplicationShutdown(): Promise<void> {
    await this.sweeper.stop();
    await this.relay.stop();
    await this.producer.close();
    await this.pools.end();
  }

  private addReadiness(): void {
    let topicsChecked = false;
    this.health.addReadiness('postgres', async () => void (await this.pools.requests.query('select 1')));
    this.health.addReadiness('topics', async () => {
      if (!topicsChecked) await checkTopics(this.driver, used);
      topicsChecked = true;
    });
    this.health.addReadiness('kafka', async () => {
      if (!this.consumer.isLive()) throw new Error('the consumer is not a live member of its group');
    });
  }
}
