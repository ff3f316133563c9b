import type { Provider } from '@nestjs/common';
import { Metrics } from '@souk/observability';
import { Upstreams } from '../routing/upstreams.js';
import { HomePages } from './home-page.js';
import { PageMetrics } from './page-metrics.js';
import { Parts } from './parts.js';
import { ProductPages } from './product-page.js';

/** The part of the composition root that is about pages. */
export const pageProviders: Provider[] = [
  { provide: PageMetrics, inject: [Metrics], useFactory: (metrics: Metrics) => new PageMetrics(metrics) },
  {
    provide: Parts,
    inject: [Upstreams, PageMetrics],
    useFactory: (upstreams: Upstreams, metrics: PageMetrics) => new Parts(upstreams, metrics),
  },
  { provide: ProductPages, inject: [Parts], useFactory: (parts: Parts) => new ProductPages(parts) },
  { provide: HomePages, inject: [Parts], useFactory: (parts: Parts) => new HomePages(parts) },
];
