import type { Provider } from '@nestjs/common';
import { Metrics } from '@souk/observability';
import { AppLogger } from '@souk/service-kit';
import type { GatewayConfig } from '../config.js';
import { NoCircuit } from './circuit.naive.js';
import { BoundlessPlaces } from './places.naive.js';
import { type LiveSettings, type Mechanisms, Policies } from './policies.js';
import { readinessOf } from './readiness.js';
import { EagerRetry } from './retry.naive.js';

/** The part of the composition root that is about what stands around each call to a service. */
export const resilienceProviders = (
  config: Pick<GatewayConfig, 'SOUK_VARIANTS' | 'UPSTREAM_MANAGEMENT_PORT'>,
  settings: LiveSettings,
): Provider[] => [
  {
    provide: Policies,
    inject: [AppLogger, Metrics],
    useFactory: (logger: AppLogger, metrics: Metrics) => {
      const { SOUK_VARIANTS, UPSTREAM_MANAGEMENT_PORT: port } = config;
      const policies = new Policies({
        settings,
        logger,
        mechanisms: mechanismsOf(SOUK_VARIANTS),
        ...(port !== undefined && { health: (urls) => readinessOf(urls, port) }),
      });
      policies.addTo(metrics);
      return policies;
    },
  },
];

export const mechanismsOf = (variants: GatewayConfig['SOUK_VARIANTS']): Mechanisms => ({
  ...(variants.includes('breaker-off') && { circuit: () => new NoCircuit() }),
  ...(variants.includes('bulkhead-off') && { places: () => new BoundlessPlaces() }),
  ...(variants.includes('retry-naive') && { retry: () => new EagerRetry() }),
});
