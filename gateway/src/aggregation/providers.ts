import type { Provider } from '@nestjs/common';
import type { GatewaySettings } from '@souk/contracts';
import { Metrics } from '@souk/observability';
import type { GatewayConfig } from '../config.js';
import { Upstreams } from '../routing/upstreams.js';
import { ClientAddresses } from '../offloading/client-address.js';
import { Load } from '../throttling/overload/admission.js';
import { Batches } from './batches.js';
import { HomePages } from './home-page.js';
import { AggregationLimits } from './in-flight.js';
import { LastGood } from './last-good.js';
import { LedBatches } from './led-batches.js';
import { OwnBatches } from './own-batches.js';
import { PageMetrics } from './page-metrics.js';
import { ParallelParts } from './parallel-parts.js';
import { SerialParts } from './parts.naive.js';
import { Parts } from './parts.js';
import { ProductPages } from './product-page.js';

const MAX_LAST_GOOD_BYTES = 8 * 1024 * 1024;

/** The part of the composition root that is about pages and batches. */
export const pageProviders = (
  {
    SOUK_VARIANTS,
    AGGREGATION_URL,
  }: Pick<GatewayConfig, 'SOUK_VARIANTS'> & Partial<Pick<GatewayConfig, 'AGGREGATION_URL'>>,
  settings: { readonly value: GatewaySettings },
): Provider[] => [
  { provide: PageMetrics, inject: [Metrics], useFactory: (metrics: Metrics) => new PageMetrics(metrics) },
  {
    provide: Parts,
    inject: [Upstreams, PageMetrics, Load, Metrics],
    useFactory: (upstreams: Upstreams, pageMetrics: PageMetrics, load: Load, metrics: Metrics): Parts => {
      const lastGood = new LastGood(MAX_LAST_GOOD_BYTES, () => performance.now());
      metrics.gauge('souk_page_last_good_bytes', 'Memory that last good answers may take.', () => lastGood.bytes);
      const parts = new ParallelParts({ upstreams, metrics: pageMetrics, lastGood, load, settings });
      return SOUK_VARIANTS.includes('aggregation-serial') ? new SerialParts(parts) : parts;
    },
  },
  { provide: ProductPages, inject: [Parts], useFactory: (parts: Parts) => new ProductPages(parts) },
  { provide: HomePages, inject: [Parts], useFactory: (parts: Parts) => new HomePages(parts) },
  {
    provide: Batches,
    inject: [Upstreams, ClientAddresses],
    useFactory: (upstreams: Upstreams, clients: ClientAddresses): Batches =>
      AGGREGATION_URL === undefined ? new OwnBatches(upstreams, clients) : new LedBatches(upstreams, clients),
  },
  {
    provide: AggregationLimits,
    inject: [Metrics],
    useFactory: (metrics: Metrics) => new AggregationLimits(metrics, settings),
  },
];
