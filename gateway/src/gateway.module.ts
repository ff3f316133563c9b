import { type DynamicModule, Module } from '@nestjs/common';
import { type GatewaySettings, serviceSettings } from '@souk/contracts';
import type { KafkaProducer } from '@souk/kafka';
import { ManagementRoutes, WatchedFiles } from '@souk/service-kit';
import { Activity } from './activity/activity.js';
import { ActivityController } from './activity/activity.controller.js';
import { activityProviders } from './activity/providers.js';
import { DeadLetterLists } from './admin/dead-letters.js';
import { DeadLettersController } from './admin/dead-letters.controller.js';
import { BatchController } from './aggregation/batch.controller.js';
import { PagesController } from './aggregation/pages.controller.js';
import { Parts } from './aggregation/parts.js';
import { pageProviders } from './aggregation/providers.js';
import type { GatewayConfig } from './config.js';
import { DocsController } from './docs/docs.controller.js';
import { StaticContent } from './docs/static-content.js';
import { Gatekeeper } from './gatekeeper/gatekeeper.js';
import { InternalTokens } from './gatekeeper/internal-tokens.js';
import { PublicTokens } from './gatekeeper/public-tokens.js';
import { GuideAddress } from './guide/guide-address.js';
import { GuideController } from './guide/guide.controller.js';
import { IdentityController } from './identity/identity.controller.js';
import { identityProviders } from './identity/providers.js';
import { Sessions } from './identity/sessions.js';
import { followSigningKeys } from './offloading/key-files.js';
import { Proxy } from './routing/proxy.js';
import { ProxyController } from './routing/proxy.controller.js';
import { Upstreams } from './routing/upstreams.js';

@Module({})
class GatewayModule {}

const epochSeconds = (): number => Math.floor(Date.now() / 1_000);

export interface GatewayOverrides {
  /** Epoch seconds. */
  readonly now?: () => number;
  /** May change at any time; without it, the defaults. */
  readonly settings?: { readonly value: GatewaySettings };
  /** In place of the broker. */
  readonly activity?: Pick<KafkaProducer, 'send' | 'close'>;
}

/** The composition root: the only place that knows which class stands behind which. */
export function gatewayModule(config: GatewayConfig, overrides: GatewayOverrides = {}): DynamicModule {
  const { now = epochSeconds, settings = { value: serviceSettings.gateway.parse({}) } } = overrides;
  const urls = {
    catalog: config.CATALOG_URL,
    inventory: config.INVENTORY_URL,
    order: config.ORDER_URL,
    'order-query': config.ORDER_QUERY_URL,
    recommendation: config.RECOMMENDATION_URL,
  };
  return {
    module: GatewayModule,
    controllers: [
      GuideController,
      DocsController,
      IdentityController,
      PagesController,
      BatchController,
      ActivityController,
      DeadLettersController,
      ProxyController,
    ],
    providers: [
      { provide: Upstreams, useFactory: () => new Upstreams(urls) },
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
        inject: [PublicTokens, InternalTokens, Sessions],
        useFactory: (outside: PublicTokens, inside: InternalTokens, sessions: Sessions) =>
          new Gatekeeper(outside, inside, sessions),
      },
      {
        provide: Proxy,
        inject: [Gatekeeper, Upstreams, Activity],
        useFactory: (gatekeeper: Gatekeeper, upstreams: Upstreams, activity: Activity) =>
          new Proxy(gatekeeper, upstreams, activity, settings),
      },
      { provide: StaticContent, useFactory: () => new StaticContent() },
      { provide: GuideAddress, useFactory: () => new GuideAddress(config) },
      ...identityProviders(config, now),
      ...pageProviders,
      { provide: DeadLetterLists, inject: [Parts], useFactory: (parts: Parts) => new DeadLetterLists(parts) },
      ...activityProviders(config, overrides.activity),
    ],
  };
}
