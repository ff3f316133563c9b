import type { Provider } from '@nestjs/common';
import {
  CacheAside,
  cacheMetrics,
  EveryoneFlies,
  forever,
  jittered,
  SharedLevel,
  SingleFlight,
  ValkeyLevel,
} from '@souk/cache';
import { valkeyUrl } from '@souk/config';
import { currentSpan, Metrics, withSpan } from '@souk/observability';
import { AppLogger } from '@souk/service-kit';
import type { CatalogConfig } from './config.js';
import { OutdateFirstRepository } from './persistence/outdating-products.naive.js';
import { OutdatingProductsRepository } from './persistence/outdating-products.repository.js';
import type { Outdate } from './persistence/outdating-products.repository.js';
import { ProductsRepository } from './persistence/products.repository.js';
import { CatalogReads } from './reads/catalog-reads.js';
import { kindsOf, LISTS, NAMESPACE, tagOf } from './reads/kinds.js';
import type { LiveCatalogSettings } from './reads/kinds.js';

/** Products take about 1 KB, a page of twenty 15 KB. */
const LOCAL_BYTES = 16 * 1024 * 1024;

function sharedLevel(config: CatalogConfig, logger: AppLogger): SharedLevel | undefined {
  const url = valkeyUrl(config);
  if (url === undefined) return undefined;
  return new ValkeyLevel({ url, channel: NAMESPACE, logger: logger.child({ component: 'cache' }), trace });
}

/** A span for each command that a request sends; what nobody waits for has none. */
const trace = <T>(command: string, run: () => Promise<T>): Promise<T> => {
  if (!currentSpan()?.isRecording) return run();
  const attributes = { 'db.system.name': 'redis', 'db.operation.name': command };
  return withSpan(command, { kind: 'client', attributes }, run);
};

export const outdateIn =
  (cache: CacheAside): Outdate =>
  (productId, version) =>
    cache.changed({ tag: tagOf(productId), version, also: [LISTS] });

/** Copies of what is read, and the order in which a write treats store and copies. */
export const cacheProviders = (config: CatalogConfig, settings: LiveCatalogSettings): Provider[] => [
  {
    provide: CacheAside,
    useFactory: (metrics: Metrics, logger: AppLogger) => {
      const cache = new CacheAside({
        namespace: NAMESPACE,
        shared: sharedLevel(config, logger),
        maxBytes: LOCAL_BYTES,
        enabled: () => settings.value.cache,
        flights: config.SOUK_VARIANTS.includes('cache-no-single-flight') ? new EveryoneFlies() : new SingleFlight(),
        lifetimes: config.SOUK_VARIANTS.includes('cache-forever') ? forever : jittered(),
      });
      cacheMetrics(metrics, cache);
      return cache;
    },
    inject: [Metrics, AppLogger],
  },
  {
    provide: CatalogReads,
    useFactory: (products: ProductsRepository, cache: CacheAside) =>
      new CatalogReads(products, cache, kindsOf(settings)),
    inject: [ProductsRepository, CacheAside],
  },
];

export const outdating = (config: CatalogConfig, stored: ProductsRepository, cache: CacheAside): ProductsRepository =>
  new (config.SOUK_VARIANTS.includes('cache-delete-first') ? OutdateFirstRepository : OutdatingProductsRepository)(
    stored,
    outdateIn(cache),
  );
