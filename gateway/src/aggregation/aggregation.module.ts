import { randomBytes } from 'node:crypto';
import { type DynamicModule, Module } from '@nestjs/common';
import type { Watched } from '@souk/config';
import { serviceSettings } from '@souk/contracts';
import { internalPrincipals } from '@souk/http';
import type { KafkaProducer } from '@souk/kafka';
import { HealthRegistry } from '@souk/service-kit';
import { Activity } from '../activity/activity.js';
import { ActivityController } from '../activity/activity.controller.js';
import { activityProviders } from '../activity/providers.js';
import { Gatekeeper } from '../gatekeeper/gatekeeper.js';
import { Dependencies } from '../health/dependencies.js';
import { EVERYBODY } from '../offloading/client-address.js';
import { Offloading } from '../offloading/offloading.js';
import { offloadingProviders } from '../offloading/providers.js';
import type { LiveSettings } from '../resilience/policies.js';
import { resilienceProviders } from '../resilience/providers.js';
import { Proxy } from '../routing/proxy.js';
import { ProxyController } from '../routing/proxy.controller.js';
import { routingProviders } from '../routing/providers.js';
import type { RouteTable } from '../routing/routes.js';
import { overloadProviders } from '../throttling/overload/providers.js';
import { throttlingProviders } from '../throttling/providers.js';
import { ThrottleStore } from '../throttling/throttle-store.js';
import { Throttle } from '../throttling/throttle.js';
import { BatchActivity } from './batch-activity.js';
import { BatchController } from './batch.controller.js';
import type { AggregationConfig } from './config.js';
import { InnerGatekeeper } from './inner-gatekeeper.js';
import { PagesController } from './pages.controller.js';
import { pageProviders } from './providers.js';

@Module({})
class AggregationModule {}

const LOG_SECRET_BYTES = 32;

export interface AggregationOverrides {
  /** Those of the gateway; may change at any time. */
  readonly settings?: LiveSettings;
  /** In place of the file that ROUTES_FILE names. */
  readonly routes?: Watched<RouteTable>;
  /** In place of the broker. */
  readonly activity?: Pick<KafkaProducer, 'send' | 'close'>;
}

/**
 * Pattern: Gateway Aggregation, as a deployment of its own behind the gateway: pages, batches and what is in them. The composition root of
 * that process; it has no keys, no sessions and nothing that a browser asks for.
 */
export function aggregationModule(own: AggregationConfig, overrides: AggregationOverrides = {}): DynamicModule {
  const { settings = { value: serviceSettings.gateway.parse({}) } } = overrides;
  // Nobody but the gateway can call, so what it says of its callers' addresses is believed.
  const config = { ...own, TRUSTED_PROXIES: EVERYBODY };
  // Lines of one request are found in both logs by its correlation id; names of callers are told apart here alone.
  const log = { name: 'aggregation', logSecret: randomBytes(LOG_SECRET_BYTES) };
  return {
    module: AggregationModule,
    controllers: [PagesController, BatchController, ActivityController, ProxyController],
    providers: [
      ...resilienceProviders(config, settings),
      ...routingProviders(config, overrides.routes),
      ...offloadingProviders({ ...config, ...log }, settings),
      {
        provide: Gatekeeper,
        inject: [Throttle],
        useFactory: (throttle: Throttle) =>
          new InnerGatekeeper(internalPrincipals({ jwksUrl: config.INTERNAL_JWKS_URL }), throttle),
      },
      {
        provide: Proxy,
        inject: [Gatekeeper, Activity, Offloading],
        useFactory: (gatekeeper: InnerGatekeeper, activity: BatchActivity, offloading: Offloading) =>
          new Proxy(gatekeeper, activity, offloading, settings),
      },
      {
        provide: Dependencies,
        inject: [HealthRegistry, ThrottleStore],
        useFactory: (health: HealthRegistry, store?: ThrottleStore) => new Dependencies(health, config, store),
      },
      ...pageProviders(config, settings),
      ...throttlingProviders(config, settings),
      ...overloadProviders(config, settings),
      ...activityProviders(config, {
        producer: overrides.activity,
        through: (activity) => new BatchActivity(activity),
      }),
    ],
  };
}
