import { type DynamicModule, Module } from '@nestjs/common';
import type { Watched } from '@souk/config';
import { serviceSettings } from '@souk/contracts';
import type { KafkaProducer } from '@souk/kafka';
import { HealthRegistry, ManagementRoutes, WatchedFiles } from '@souk/service-kit';
import { Activity } from './activity/activity.js';
import { ActivityController } from './activity/activity.controller.js';
import { activityProviders } from './activity/providers.js';
import { Breakers } from './admin/breakers.js';
import { BreakersController } from './admin/breakers.controller.js';
import { DeadLetterLists } from './admin/dead-letters.js';
import { DeadLettersController } from './admin/dead-letters.controller.js';
import { BatchController } from './aggregation/batch.controller.js';
import { PagesController } from './aggregation/pages.controller.js';
import { Parts } from './aggregation/parts.js';
import { pageProviders } from './aggregation/providers.js';
import type { GatewayConfig } from './config.js';
import { DocsController } from './docs/docs.controller.js';
import { StaticContent } from './docs/static-content.js';
import { gatekeeperOf, outgoingOf } from './gatekeeper/defences.js';
import { Gatekeeper } from './gatekeeper/gatekeeper.js';
import { InternalTokens } from './gatekeeper/internal-tokens.js';
import { PublicTokens } from './gatekeeper/public-tokens.js';
import { GuideAddress } from './guide/guide-address.js';
import { GuideController } from './guide/guide.controller.js';
import { Dependencies } from './health/dependencies.js';
import { IdentityController } from './identity/identity.controller.js';
import { identityProviders, tenantsOf } from './identity/providers.js';
import { Sessions } from './identity/sessions.js';
import { CacheController } from './offloading/cache.controller.js';
import type { Certificate } from './offloading/certificate.js';
import { followSigningKeys } from './offloading/key-files.js';
import { Offloading } from './offloading/offloading.js';
import { logSecretOf, offloadingProviders } from './offloading/providers.js';
import { type LiveSettings, Policies } from './resilience/policies.js';
import { resilienceProviders } from './resilience/providers.js';
import { Proxy } from './routing/proxy.js';
import { ProxyController } from './routing/proxy.controller.js';
import { routingProviders } from './routing/providers.js';
import type { RouteTable } from './routing/routes.js';
import { Upstreams } from './routing/upstreams.js';
import { overloadProviders } from './throttling/overload/providers.js';
import { throttlingProviders } from './throttling/providers.js';
import { ThrottleController } from './throttling/throttle.controller.js';
import { ThrottleStore } from './throttling/throttle-store.js';
import { Throttle } from './throttling/throttle.js';

@Module({})
class GatewayModule {}

const epochSeconds = (): number => Math.floor(Date.now() / 1_000);

export interface GatewayOverrides {
  /** Epoch seconds. */
  readonly now?: () => number;
  /** May change at any time; without it, the defaults. */
  readonly settings?: LiveSettings;
  /** With which the API port speaks TLS. */
  readonly certificate?: Watched<Certificate>;
  /** In place of the file that ROUTES_FILE names. */
  readonly routes?: Watched<RouteTable>;
  /** In place of Valkey. */
  readonly throttleStore?: ThrottleStore;
  /** In place of the broker. */
  readonly activity?: Pick<KafkaProducer, 'send' | 'close'>;
}

/** The composition root: the only place that knows which class stands behind which. */
export function gatewayModule(config: GatewayConfig, overrides: GatewayOverrides = {}): DynamicModule {
  const { now = epochSeconds, settings = { value: serviceSettings.gateway.parse({}) } } = overrides;
  return {
    module: GatewayModule,
    controllers: [
      GuideController,
      DocsController,
      IdentityController,
      // Where another deployment puts pages together, the route table leads to it.
      ...(config.AGGREGATION_URL === undefined ? [PagesController] : []),
      BatchController,
      ActivityController,
      DeadLettersController,
      BreakersController,
      ThrottleController,
      CacheController,
      ProxyController,
    ],
    providers: [
      ...resilienceProviders(config, settings),
      ...routingProviders(config, overrides.routes),
      ...offloadingProviders(
        { ...config, name: 'gateway', logSecret: logSecretOf(config) },
        settings,
        overrides.certificate,
      ),
      {
        provide: InternalTokens,
        inject: [ManagementRoutes, WatchedFiles],
        useFactory: (management: ManagementRoutes, files: WatchedFiles) => {
          const keys = followSigningKeys(config.INTERNAL_SIGNING_KEY_FILE);
          files.follow(keys, ({ kid, published }) => ({ signing: kid, published: published.map((one) => one.kid) }));
          const tokens = new InternalTokens(keys, now);
          management.add('/jwks.json', () => ({ status: 200, body: tokens.jwks() }));
          return tokens;
        },
      },
      {
        provide: Gatekeeper,
        inject: [PublicTokens, InternalTokens, Sessions, Throttle],
        useFactory: (outside: PublicTokens, inside: InternalTokens, sessions: Sessions, throttle: Throttle) =>
          gatekeeperOf(config.SOUK_VARIANTS, outside, inside, sessions, throttle, tenantsOf(config)),
      },
      {
        provide: Proxy,
        inject: [Gatekeeper, Activity, Offloading],
        useFactory: (gatekeeper: Gatekeeper, activity: Activity, offloading: Offloading) =>
          new Proxy(gatekeeper, activity, offloading, settings, outgoingOf(config.SOUK_VARIANTS)),
      },
      { provide: StaticContent, useFactory: () => new StaticContent() },
      { provide: GuideAddress, useFactory: () => new GuideAddress(config) },
      ...identityProviders(config, now),
      ...pageProviders(config, settings),
      ...throttlingProviders(config, settings, overrides.throttleStore),
      ...overloadProviders(config, settings),
      {
        provide: Breakers,
        inject: [Policies, Parts, Upstreams],
        useFactory: (policies: Policies, parts: Parts, upstreams: Upstreams) =>
          new Breakers(policies, parts, upstreams),
      },
      {
        provide: Dependencies,
        inject: [HealthRegistry, ThrottleStore],
        useFactory: (health: HealthRegistry, store?: ThrottleStore) => new Dependencies(health, config, store),
      },
      { provide: DeadLetterLists, inject: [Parts], useFactory: (parts: Parts) => new DeadLetterLists(parts) },
      ...activityProviders(config, { producer: overrides.activity }),
    ],
  };
}
