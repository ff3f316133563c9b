import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { databaseUrl } from '@souk/config';
import { keyAttributes, topics } from '@souk/contracts';
import { createHttpClient, internalAuth } from '@souk/http';
import { KafkaDriver, KafkaJsDriver, KafkaProducer } from '@souk/kafka';
import {
  ConsumerStrategy,
  CursorOutboxRelay,
  LaneOutboxRelay,
  OutboxRelay,
  PgConsumerStrategy,
  Signal,
  TracingProducer,
} from '@souk/messaging';
import { resilient } from '@souk/resilience';
import { AppLogger, createPgPool, HealthRegistry, WatchedFiles } from '@souk/service-kit';
import pg from 'pg';
import { v4 as uuidv4, v7 as uuidv7 } from 'uuid';
import { Background } from './background.js';
import type { OrderConfig } from './config.js';
import { CartsController } from './http/carts.controller.js';
import { OrdersController } from './http/orders.controller.js';
import { CatalogEventsConsumer } from './messaging/catalog-events.consumer.js';
import { ChangedOrders } from './messaging/changed-orders.js';
import { InventoryEventsConsumer } from './messaging/inventory-events.consumer.js';
import { Carts } from './persistence/carts.js';
import { OrderSignals } from './persistence/order-signals.js';
import { OrderStore } from './persistence/order-store.js';
import { RemoteCalls } from './persistence/remote-calls.js';
import { tidyUp } from './persistence/tidy-up.js';
import { AfterCommit } from './saga/after-commit.js';
import { CONCURRENCY, PaymentAgent } from './saga/payment-agent.js';
import { PaymentClient } from './saga/payment-client.js';
import { SagaSupervisor } from './saga/saga-supervisor.js';
import { AdvanceOrders } from './use-cases/advance-orders.js';
import { CancelOrder } from './use-cases/cancel-order.js';
import { ChangeCart } from './use-cases/change-cart.js';
import { GetCart } from './use-cases/get-cart.js';
import { GetOrder } from './use-cases/get-order.js';
import { PlaceOrder } from './use-cases/place-order.js';
import { WatchOrder } from './use-cases/watch-order.js';

/** How long a claimed payment call may take before the supervisor hands it to whoever is alive. */
const CLAIM_MS = 10_000;
/** Claims of a process die with it. */
const OWNER = uuidv4();

const now = () => new Date();
const consumed = [topics.inventoryReservations, topics.catalogProducts];
/** Deadline and bulkhead alone: only one layer tries again and breaks circuits, and that is the ambassador (docs/adr/0009). */
const paymentPolicy = resilient({
  name: 'payment',
  timeoutMs: CLAIM_MS,
  bulkhead: { concurrent: CONCURRENCY, queue: CONCURRENCY },
});

/** The variant `relay-cursor` loses messages; it is there to show that (ADR 0003). */
const relayOf = ({ SOUK_VARIANTS }: OrderConfig) =>
  SOUK_VARIANTS.includes('relay-cursor') ? CursorOutboxRelay : LaneOutboxRelay;

const infrastructure = (config: OrderConfig, driver?: KafkaDriver): Provider[] => [
  { provide: APP_GUARD, useFactory: () => internalAuth({ jwksUrl: config.INTERNAL_JWKS_URL }) },
  {
    provide: pg.Pool,
    useFactory: (logger: AppLogger, files: WatchedFiles) =>
      createPgPool({
        url: databaseUrl(config),
        files,
        name: 'order',
        max: 10,
        onError: (err) => logger.warn({ err }, 'a connection broke, or was refused'),
      }),
    inject: [AppLogger, WatchedFiles],
  },
  {
    provide: KafkaDriver,
    useFactory: (logger: AppLogger) =>
      driver ??
      new KafkaJsDriver({
        brokers: config.KAFKA_BROKERS,
        clientId: 'order',
        logger: logger.child({ component: 'kafka' }),
      }),
    inject: [AppLogger],
  },
  {
    provide: KafkaProducer,
    useFactory: (driver: KafkaDriver) => new TracingProducer(driver.producer(), keyAttributes),
    inject: [KafkaDriver],
  },
  {
    provide: OutboxRelay,
    useFactory: (pool: pg.Pool, producer: KafkaProducer, logger: AppLogger) =>
      new (relayOf(config))({ pool, producer, logger: logger.child({ component: 'relay' }) }),
    inject: [pg.Pool, KafkaProducer, AppLogger],
  },
  {
    provide: ConsumerStrategy,
    useFactory: (driver: KafkaDriver, pool: pg.Pool, after: AfterCommit, changed: ChangedOrders, logger: AppLogger) =>
      new PgConsumerStrategy({
        driver,
        pool,
        groupId: 'order',
        keyAttributes,
        topics: consumed,
        deadLetterTopic: topics.orderDeadLetters.name,
        afterCommit: () =>
          void after.committed(changed.take()).catch((err: unknown) => logger.warn({ err }, 'nobody was woken')),
        logger: logger.child({ component: 'consumer' }),
      }),
    inject: [KafkaDriver, pg.Pool, AfterCommit, ChangedOrders, AppLogger],
  },
];

const stores: Provider[] = [
  { provide: OrderStore, useFactory: () => new OrderStore({ owner: OWNER, claimMs: CLAIM_MS }) },
  { provide: RemoteCalls, useFactory: (pool: pg.Pool) => new RemoteCalls(pool, OWNER), inject: [pg.Pool] },
  { provide: Carts, useFactory: (pool: pg.Pool) => new Carts(pool), inject: [pg.Pool] },
  { provide: OrderSignals, useFactory: (pool: pg.Pool) => new OrderSignals(pool), inject: [pg.Pool] },
  { provide: ChangedOrders, useFactory: () => new ChangedOrders() },
  { provide: Signal, useFactory: () => new Signal() },
  {
    provide: AfterCommit,
    useFactory: (relay: OutboxRelay, calls: Signal, orders: OrderSignals) => new AfterCommit(relay, calls, orders),
    inject: [OutboxRelay, Signal, OrderSignals],
  },
];

const useCases = (config: OrderConfig): Provider[] => [
  {
    provide: PlaceOrder,
    useFactory: (pool: pg.Pool, store: OrderStore, afterCommit: AfterCommit) =>
      new PlaceOrder({ pool, store, afterCommit, reservationTtlMs: config.RESERVATION_TTL_MS, now, newId: uuidv7 }),
    inject: [pg.Pool, OrderStore, AfterCommit],
  },
  {
    provide: AdvanceOrders,
    useFactory: (pool: pg.Pool, store: OrderStore, after: AfterCommit) => new AdvanceOrders(pool, store, after, now),
    inject: [pg.Pool, OrderStore, AfterCommit],
  },
  {
    provide: GetOrder,
    useFactory: (pool: pg.Pool, store: OrderStore, signals: OrderSignals) => new GetOrder(pool, store, signals),
    inject: [pg.Pool, OrderStore, OrderSignals],
  },
  {
    provide: CancelOrder,
    useFactory: (orders: GetOrder, advance: AdvanceOrders) => new CancelOrder(orders, advance),
    inject: [GetOrder, AdvanceOrders],
  },
  {
    provide: WatchOrder,
    useFactory: (orders: GetOrder, signals: OrderSignals) => new WatchOrder(orders, signals),
    inject: [GetOrder, OrderSignals],
  },
  { provide: GetCart, useFactory: (carts: Carts) => new GetCart(carts), inject: [Carts] },
  { provide: ChangeCart, useFactory: (carts: Carts) => new ChangeCart(carts), inject: [Carts] },
];

const background = (config: OrderConfig): Provider => ({
  provide: Background,
  useFactory: (
    pool: pg.Pool,
    driver: KafkaDriver,
    producer: KafkaProducer,
    relay: OutboxRelay,
    signals: OrderSignals,
    wake: Signal,
    calls: RemoteCalls,
    advance: AdvanceOrders,
    health: HealthRegistry,
    logger: AppLogger,
  ) => {
    const payment = createHttpClient({ name: 'payment', baseUrl: config.PAYMENT_URL, connections: CONCURRENCY });
    const agent = new PaymentAgent({
      calls,
      payment: new PaymentClient(payment),
      policy: paymentPolicy,
      record: advance.recordAnswer,
      wake,
      logger,
    });
    const supervisor = new SagaSupervisor({
      calls,
      claimMs: CLAIM_MS,
      agentWake: wake,
      advanceOverdue: () => advance.advanceOverdue(),
      tidyUp: async () => void (await tidyUp(pool)),
      logger,
    });
    return new Background({ pool, driver, producer, payment, relay, signals, agent, supervisor, health, logger });
  },
  inject: [
    pg.Pool,
    KafkaDriver,
    KafkaProducer,
    OutboxRelay,
    OrderSignals,
    Signal,
    RemoteCalls,
    AdvanceOrders,
    HealthRegistry,
    AppLogger,
  ],
});

/** The composition root: the only place that constructs concrete classes. */
@Module({})
export class OrderModule {
  /** @param driver stands in for Kafka in tests */
  static with(config: OrderConfig, driver?: KafkaDriver): DynamicModule {
    return {
      module: OrderModule,
      controllers: [OrdersController, CartsController, InventoryEventsConsumer, CatalogEventsConsumer],
      providers: [...infrastructure(config, driver), ...stores, ...useCases(config), background(config)],
    };
  }
}
