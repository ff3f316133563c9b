import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { keyAttributes, type OrderSettings, serviceSettings, topics } from '@souk/contracts';
import { Elector } from '@souk/election';
import { createHttpClient, internalAuth } from '@souk/http';
import { KafkaDriver, KafkaProducer, openKafka } from '@souk/kafka';
import { ConsumerStrategy, PgConsumerStrategy, TracingProducer, weakened } from '@souk/messaging';
import { Outbox, OutboxRelay, Signal } from '@souk/outbox';
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
import { v4 as uuidv4, v7 as uuidv7 } from 'uuid';
import { Background } from './background.js';
import type { OrderConfig } from './config.js';
import { AdminBreakersController } from './http/admin-breakers.controller.js';
import { AdminOrdersController } from './http/admin-orders.controller.js';
import { AdminSagasController } from './http/admin-sagas.controller.js';
import { CartsController } from './http/carts.controller.js';
import { OrdersController } from './http/orders.controller.js';
import { CatalogEventsConsumer } from './messaging/catalog-events.consumer.js';
import { ChangedOrders } from './messaging/changed-orders.js';
import { InventoryEventsConsumer } from './messaging/inventory-events.consumer.js';
import { outbox } from './messaging/outbox.providers.js';
import { Carts } from './persistence/carts.js';
import { OrderSignals } from './persistence/order-signals.js';
import { OrderStore } from './persistence/order-store.js';
import { UnversionedOrderStore } from './persistence/order-store.naive.js';
import { RemoteCalls } from './persistence/remote-calls.js';
import { AfterCommit } from './saga/after-commit.js';
import { ForgetfulOrderStore } from './saga/lost-compensation.naive.js';
import { CONCURRENCY, PaymentAgent } from './saga/payment-agent.js';
import { PaymentClient } from './saga/payment-client.js';
import { PaymentPolicy } from './saga/payment-policy.js';
import { aKeyEachTry } from './saga/payment-keys.naive.js';
import { SagaCensus } from './saga/saga-census.js';
import { remoteProviders } from './remote.providers.js';
import { supervision } from './supervision.providers.js';
import { AdvanceOrders, OrdersInBackground } from './use-cases/advance-orders.js';
import { CancelOrder } from './use-cases/cancel-order.js';
import { ChangeCart } from './use-cases/change-cart.js';
import { GetCart } from './use-cases/get-cart.js';
import { GetOrder, ownerOrAdmin } from './use-cases/get-order.js';
import { whoeverKnowsIt } from './use-cases/get-order.naive.js';
import { PlaceOrder } from './use-cases/place-order.js';
import { KeylessPlaceOrder } from './use-cases/place-order.naive.js';
import { ReturnOrder } from './use-cases/return-order.js';
import { ShipOrder } from './use-cases/ship-order.js';
import { WatchOrder } from './use-cases/watch-order.js';

/** How long a claimed payment call may take before the supervisor hands it to whoever is alive. */
const CLAIM_MS = 10_000;
/** Claims of a process die with it. */
const OWNER = uuidv4();

interface LiveOrderSettings {
  readonly value: OrderSettings;
}

export interface OrderOverrides {
  /** Stands in for Kafka in tests. */
  readonly driver?: KafkaDriver;
  /** Followed while the service runs; the defaults without them. */
  readonly settings?: LiveOrderSettings;
}

const DEFAULTS: LiveOrderSettings = { value: serviceSettings.order.parse({}) };

const now = () => new Date();
const consumed = [topics.inventoryReservations, topics.catalogProducts];

const storeOf = (variants: OrderConfig['SOUK_VARIANTS']): typeof OrderStore => {
  if (variants.includes('order-unversioned')) return UnversionedOrderStore;
  return variants.includes('saga-lost-compensation') ? ForgetfulOrderStore : OrderStore;
};

const infrastructure = (config: OrderConfig, driver?: KafkaDriver): Provider[] => [
  { provide: APP_GUARD, useFactory: () => internalAuth({ jwksUrl: config.INTERNAL_JWKS_URL }) },
  ...poolProviders('order', config, () => (config.SOUK_VARIANTS.includes('one-pool') ? onePool : twoPools)),
  {
    provide: KafkaDriver,
    useFactory: (logger: AppLogger) =>
      driver ??
      openKafka(config.SOUK_KAFKA_DRIVER, {
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
  ...outbox(config),
  {
    provide: ConsumerStrategy,
    useFactory: (driver: KafkaDriver, pool: pg.Pool, after: AfterCommit, changed: ChangedOrders, logger: AppLogger) =>
      new PgConsumerStrategy({
        driver,
        pool,
        groupId: 'order',
        weakening: weakened(config.SOUK_VARIANTS),
        keyAttributes,
        topics: consumed,
        deadLetterTopic: topics.orderDeadLetters.name,
        afterCommit: () =>
          void after.committed(changed.take()).catch((err: unknown) => logger.warn({ err }, 'nobody was woken')),
        logger: logger.child({ component: 'consumer' }),
      }),
    inject: [KafkaDriver, BackgroundPool, AfterCommit, ChangedOrders, AppLogger],
  },
];

const stores = ({ SOUK_VARIANTS }: OrderConfig, settings: LiveOrderSettings): Provider[] => [
  {
    provide: OrderStore,
    useFactory: (outbox: Outbox) =>
      new (storeOf(SOUK_VARIANTS))({
        owner: OWNER,
        claimMs: CLAIM_MS,
        snapshotEvery: () => settings.value.snapshotEvery,
        outbox,
      }),
    inject: [Outbox],
  },
  { provide: RemoteCalls, useFactory: (pool: pg.Pool) => new RemoteCalls(pool, OWNER), inject: [BackgroundPool] },
  { provide: Carts, useFactory: (pool: pg.Pool) => new Carts(pool), inject: [pg.Pool] },
  { provide: OrderSignals, useFactory: (pool: pg.Pool) => new OrderSignals(pool), inject: [BackgroundPool] },
  { provide: ChangedOrders, useFactory: () => new ChangedOrders() },
  { provide: Signal, useFactory: () => new Signal() },
  {
    provide: AfterCommit,
    useFactory: (outbox: Outbox, calls: Signal, orders: OrderSignals) => new AfterCommit(outbox, calls, orders),
    inject: [Outbox, Signal, OrderSignals],
  },
];

const useCases = (config: OrderConfig, settings: LiveOrderSettings): Provider[] => [
  {
    provide: PlaceOrder,
    useFactory: (pool: pg.Pool, store: OrderStore, afterCommit: AfterCommit) =>
      new (config.SOUK_VARIANTS.includes('order-no-idempotency') ? KeylessPlaceOrder : PlaceOrder)({
        pool,
        store,
        afterCommit,
        reservationTtlMs: config.RESERVATION_TTL_MS,
        returnDays: () => settings.value.returnDays,
        now,
        newId: uuidv7,
      }),
    inject: [pg.Pool, OrderStore, AfterCommit],
  },
  {
    provide: AdvanceOrders,
    useFactory: (pool: pg.Pool, store: OrderStore, after: AfterCommit) => new AdvanceOrders(pool, store, after, now),
    inject: [pg.Pool, OrderStore, AfterCommit],
  },
  {
    provide: OrdersInBackground,
    useFactory: (pool: pg.Pool, store: OrderStore, after: AfterCommit) => new AdvanceOrders(pool, store, after, now),
    inject: [BackgroundPool, OrderStore, AfterCommit],
  },
  {
    provide: GetOrder,
    useFactory: (pool: pg.Pool, store: OrderStore, signals: OrderSignals) =>
      new GetOrder(
        pool,
        store,
        signals,
        config.SOUK_VARIANTS.includes('owner-unchecked') ? whoeverKnowsIt : ownerOrAdmin,
      ),
    inject: [pg.Pool, OrderStore, OrderSignals],
  },
  {
    provide: CancelOrder,
    useFactory: (orders: GetOrder, advance: AdvanceOrders) => new CancelOrder(orders, advance),
    inject: [GetOrder, AdvanceOrders],
  },
  {
    provide: ShipOrder,
    useFactory: (orders: GetOrder, advance: AdvanceOrders) => new ShipOrder(orders, advance),
    inject: [GetOrder, AdvanceOrders],
  },
  {
    provide: ReturnOrder,
    useFactory: (orders: GetOrder, advance: AdvanceOrders) => new ReturnOrder(orders, advance),
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
    pools: PgPools,
    driver: KafkaDriver,
    producer: KafkaProducer,
    relay: OutboxRelay,
    signals: OrderSignals,
    wake: Signal,
    calls: RemoteCalls,
    advance: AdvanceOrders,
    elector: Elector,
    census: SagaCensus,
    health: HealthRegistry,
    logger: AppLogger,
    policy: PaymentPolicy,
  ) => {
    const payment = createHttpClient({ name: 'payment', baseUrl: config.PAYMENT_URL, connections: CONCURRENCY });
    const agent = new PaymentAgent({
      calls,
      claimMs: CLAIM_MS,
      payment: new PaymentClient(
        config.SOUK_VARIANTS.includes('payment-no-key') ? aKeyEachTry(payment, uuidv4) : payment,
      ),
      policy,
      record: advance.recordAnswer,
      wake,
      logger,
    });
    return new Background({ pools, driver, producer, payment, relay, signals, agent, elector, census, health, logger });
  },
  inject: [
    PgPools,
    KafkaDriver,
    KafkaProducer,
    OutboxRelay,
    OrderSignals,
    Signal,
    RemoteCalls,
    OrdersInBackground,
    Elector,
    SagaCensus,
    HealthRegistry,
    AppLogger,
    PaymentPolicy,
  ],
});

/** The composition root: the only place that constructs concrete classes. */
@Module({})
export class OrderModule {
  static with(config: OrderConfig, { driver, settings = DEFAULTS }: OrderOverrides = {}): DynamicModule {
    return {
      module: OrderModule,
      controllers: [
        DeadLettersController,
        OrdersController,
        AdminOrdersController,
        AdminSagasController,
        AdminBreakersController,
        CartsController,
        InventoryEventsConsumer,
        CatalogEventsConsumer,
      ],
      providers: [
        ...infrastructure(config, driver),
        ...consumerProviders('order'),
        ...stores(config, settings),
        ...useCases(config, settings),
        ...supervision(config, OWNER),
        ...remoteProviders(config, CLAIM_MS),
        background(config),
      ],
    };
  }
}
