import { Inject, Module } from '@nestjs/common';
import type { DynamicModule, OnApplicationBootstrap, OnApplicationShutdown, Provider } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { internalAuth } from '@souk/http';
import { KafkaJsDriver, KafkaProducer } from '@souk/kafka';
import { TracingProducer } from '@souk/messaging';
import { MongoOutboxRelay } from '@souk/mongo';
import type { DocumentWithEvents, LeaseDocument } from '@souk/mongo';
import { AppLogger, HealthRegistry } from '@souk/service-kit';
import { v7 as uuidv7 } from 'uuid';
import type { mongo } from 'mongoose';
import type { CatalogConfig } from './config.js';
import { AdminProductsController } from './http/admin-products.controller.js';
import { ProductsController } from './http/products.controller.js';
import { MongoProductsRepository } from './persistence/mongo-products.repository.js';
import { MongoStore } from './persistence/mongo-store.js';
import { restate } from './persistence/product.document.js';
import { ProductsRepository } from './persistence/products.repository.js';
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

const createRelay = (store: MongoStore, producer: KafkaProducer, logger: AppLogger): MongoOutboxRelay =>
  new MongoOutboxRelay({
    name: 'products',
    collection: store.connection.collection('products') as unknown as mongo.Collection<DocumentWithEvents>,
    leases: store.connection.collection('relay_leases') as unknown as mongo.Collection<LeaseDocument>,
    restate: (productIds) => restate(store.products, productIds),
    producer,
    logger,
  });

const createProducer = (config: CatalogConfig, logger: AppLogger): KafkaProducer =>
  new KafkaJsDriver({
    brokers: config.KAFKA_BROKERS,
    clientId: 'catalog',
    logger: logger.child({ component: 'kafka' }),
  }).producer();

/** What a test may replace: the ways out of the process, nothing inside. */
export interface CatalogEdges {
  readonly producer?: KafkaProducer;
}

/** The composition root: the only file that constructs concrete classes. */
@Module({})
export class CatalogModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    @Inject(MongoStore) private readonly store: MongoStore,
    @Inject(MongoOutboxRelay) private readonly relay: MongoOutboxRelay,
    @Inject(KafkaProducer) private readonly producer: KafkaProducer,
    @Inject(HealthRegistry) private readonly health: HealthRegistry,
  ) {}

  static with(config: CatalogConfig, edges: CatalogEdges = {}): DynamicModule {
    return {
      module: CatalogModule,
      controllers: [ProductsController, AdminProductsController],
      providers: [
        { provide: APP_GUARD, useFactory: () => internalAuth({ jwksUrl: config.INTERNAL_JWKS_URL }) },
        {
          provide: MongoStore,
          useFactory: (logger: AppLogger) => new MongoStore(config.MONGO_URL, logger),
          inject: [AppLogger],
        },
        {
          provide: KafkaProducer,
          useFactory: (logger: AppLogger) => new TracingProducer(edges.producer ?? createProducer(config, logger), {}),
          inject: [AppLogger],
        },
        { provide: MongoOutboxRelay, useFactory: createRelay, inject: [MongoStore, KafkaProducer, AppLogger] },
        {
          provide: ProductsRepository,
          useFactory: (store: MongoStore, relay: MongoOutboxRelay) =>
            new MongoProductsRepository(store.products, (productId) => relay.wake(productId)),
          inject: [MongoStore, MongoOutboxRelay],
        },
        ...useCases,
      ],
    };
  }

  /** Reading and writing products needs the store alone; without the broker events wait inside their documents. */
  onApplicationBootstrap(): void {
    this.health.addReadiness('mongodb', () => this.store.ping());
    void this.store.open().then((usable) => (usable ? this.relay.start() : undefined));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.relay.stop();
    await this.producer.close();
    await this.store.close();
  }
}
