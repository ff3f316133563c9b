import { Inject, Module } from '@nestjs/common';
import type {
  CanActivate,
  DynamicModule,
  OnApplicationBootstrap,
  OnApplicationShutdown,
  Provider,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { CacheAside } from '@souk/cache';
import { serviceSettings, topics } from '@souk/contracts';
import { believe, everyRole, internalAuth } from '@souk/http';
import { checkTopics, KafkaProducer, openKafka } from '@souk/kafka';
import { TracingProducer } from '@souk/messaging';
import { MongoOutboxRelay, PendingWatch } from '@souk/mongo';
import type { DocumentWithEvents, LeaseDocument } from '@souk/mongo';
import { Metrics } from '@souk/observability';
import { AppLogger, HealthRegistry } from '@souk/service-kit';
import { v7 as uuidv7 } from 'uuid';
import type { mongo } from 'mongoose';
import { cacheProviders, outdateIn, outdating } from './cache.providers.js';
import type { CatalogConfig } from './config.js';
import { AdminProductsController } from './http/admin-products.controller.js';
import { ProductsController } from './http/products.controller.js';
import { OutdatingProducer } from './messaging/outdating-producer.js';
import { MongoProductsRepository } from './persistence/mongo-products.repository.js';
import { MongoStore } from './persistence/mongo-store.js';
import { restate } from './persistence/product.document.js';
import { ProductsRepository } from './persistence/products.repository.js';
import { CatalogReads } from './reads/catalog-reads.js';
import type { LiveCatalogSettings } from './reads/kinds.js';
import { ChangePrice } from './use-cases/change-price.js';
import { CreateProduct } from './use-cases/create-product.js';
import { RetireProduct } from './use-cases/retire-product.js';
import { UpdateProduct } from './use-cases/update-product.js';

const now = (): Date => new Date();

const useCases: Provider[] = [
  {
    provide: CreateProduct,
    useFactory: (products: ProductsRepository) => new CreateProduct(products, now, uuidv7),
    inject: [ProductsRepository],
  },
  ...[UpdateProduct, ChangePrice, RetireProduct].map((useCase) => ({
    provide: useCase,
    useFactory: (products: ProductsRepository) => new useCase(products, now),
    inject: [ProductsRepository],
  })),
];

const pendingIn = (store: MongoStore) =>
  store.connection.collection('products') as unknown as mongo.Collection<DocumentWithEvents>;

const createRelay = (store: MongoStore, producer: KafkaProducer, logger: AppLogger): MongoOutboxRelay =>
  new MongoOutboxRelay({
    name: 'products',
    collection: pendingIn(store),
    leases: store.connection.collection('relay_leases') as unknown as mongo.Collection<LeaseDocument>,
    restate: (productIds) => restate(store.products, productIds),
    producer,
    logger,
  });

async function createProducer(
  config: CatalogConfig,
  logger: AppLogger,
  health: HealthRegistry,
): Promise<KafkaProducer> {
  const driver = await openKafka(config.SOUK_KAFKA_DRIVER, {
    brokers: config.KAFKA_BROKERS,
    clientId: 'catalog',
    logger: logger.child({ component: 'kafka' }),
  });
  health.addLowPriority('kafka', () => checkTopics(driver, [topics.catalogProducts]));
  return driver.producer();
}

/** What a test may replace: the ways out of the process, nothing inside. */
export interface CatalogEdges {
  readonly producer?: KafkaProducer;
  /** Followed while the service runs; the defaults without them. */
  readonly settings?: LiveCatalogSettings;
}

const callerCheck = ({ INTERNAL_JWKS_URL: jwksUrl, SOUK_VARIANTS }: CatalogConfig): CanActivate =>
  internalAuth({
    jwksUrl,
    ...(SOUK_VARIANTS.includes('internal-token-unchecked') && { check: believe }),
    ...(SOUK_VARIANTS.includes('inner-role-unchecked') && { allow: everyRole }),
  });

const DEFAULTS: LiveCatalogSettings = { value: serviceSettings.catalog.parse({}) };

/** The composition root: the only file that constructs concrete classes. */
@Module({})
export class CatalogModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    @Inject(MongoStore) private readonly store: MongoStore,
    @Inject(MongoOutboxRelay) private readonly relay: MongoOutboxRelay,
    @Inject(PendingWatch) private readonly watch: PendingWatch,
    @Inject(KafkaProducer) private readonly producer: KafkaProducer,
    @Inject(HealthRegistry) private readonly health: HealthRegistry,
    @Inject(CacheAside) private readonly cache: CacheAside,
    @Inject(CatalogReads) private readonly reads: CatalogReads,
  ) {}

  static with(config: CatalogConfig, edges: CatalogEdges = {}): DynamicModule {
    return {
      module: CatalogModule,
      controllers: [ProductsController, AdminProductsController],
      providers: [
        { provide: APP_GUARD, useFactory: () => callerCheck(config) },
        {
          provide: MongoStore,
          useFactory: (logger: AppLogger) => new MongoStore(config.MONGO_URL, logger),
          inject: [AppLogger],
        },
        {
          provide: KafkaProducer,
          useFactory: async (logger: AppLogger, cache: CacheAside, health: HealthRegistry) => {
            const producer = new TracingProducer(edges.producer ?? (await createProducer(config, logger, health)), {});
            return new OutdatingProducer(producer, outdateIn(cache));
          },
          inject: [AppLogger, CacheAside, HealthRegistry],
        },
        { provide: MongoOutboxRelay, useFactory: createRelay, inject: [MongoStore, KafkaProducer, AppLogger] },
        {
          provide: PendingWatch,
          useFactory: (metrics: Metrics, store: MongoStore) => new PendingWatch(metrics, pendingIn(store)),
          inject: [Metrics, MongoStore],
        },
        {
          provide: ProductsRepository,
          useFactory: (store: MongoStore, relay: MongoOutboxRelay, cache: CacheAside) => {
            const stored = new MongoProductsRepository(store.products, (productId) => relay.wake(productId));
            return outdating(config, stored, cache);
          },
          inject: [MongoStore, MongoOutboxRelay, CacheAside],
        },
        ...cacheProviders(config, edges.settings ?? DEFAULTS),
        ...useCases,
      ],
    };
  }

  /** Reading and writing products needs the store alone; without the broker events wait inside their documents. */
  onApplicationBootstrap(): void {
    this.watch.start();
    this.health.addReadiness('mongodb', () => this.store.ping());
    const { shared } = this.cache;
    if (shared !== undefined)
      this.health.addLowPriority('valkey', async () => {
        if (!shared.stats().up) throw new Error('the shared cache cannot be asked');
      });
    void this.store.open().then((usable) => (usable ? this.#begin() : undefined));
  }

  #begin(): void {
    this.relay.start();
    // Nobody waits for it, and whoever asks meanwhile joins it.
    void this.reads.prime().catch(() => undefined);
  }

  async onApplicationShutdown(): Promise<void> {
    this.watch.stop();
    await this.relay.stop();
    await this.producer.close();
    await this.cache.shared?.close();
    await this.store.close();
  }
}
