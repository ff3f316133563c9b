import { type DynamicModule, Module } from '@nestjs/common';
import { type GatewaySettings, serviceSettings } from '@souk/contracts';
import { ManagementRoutes, WatchedFiles } from '@souk/service-kit';
import { ProductPageController } from './aggregation/product-page.controller.js';
import { ProductPages } from './aggregation/product-page.js';
import type { GatewayConfig } from './config.js';
import { Gatekeeper } from './gatekeeper/gatekeeper.js';
import { InternalTokens } from './gatekeeper/internal-tokens.js';
import { PublicTokens } from './gatekeeper/public-tokens.js';
import { GuideController } from './guide/guide.controller.js';
import { followSigningKeys, readKeySet } from './offloading/key-files.js';
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
}

/** The composition root: the only place that knows which class stands behind which. */
export function gatewayModule(config: GatewayConfig, overrides: GatewayOverrides = {}): DynamicModule {
  const { now = epochSeconds, settings = { value: serviceSettings.gateway.parse({}) } } = overrides;
  const urls = { catalog: config.CATALOG_URL, inventory: config.INVENTORY_URL, order: config.ORDER_URL };
  return {
    module: GatewayModule,
    controllers: [GuideController, ProductPageController, ProxyController],
    providers: [
      { provide: Upstreams, useFactory: () => new Upstreams(urls) },
      {
        provide: PublicTokens,
        useFactory: async () => new PublicTokens(await readKeySet(config.DEV_ISSUER_JWKS_FILE), now),
      },
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
        inject: [PublicTokens, InternalTokens],
        useFactory: (outside: PublicTokens, inside: InternalTokens) => new Gatekeeper(outside, inside),
      },
      {
        provide: Proxy,
        inject: [Gatekeeper, Upstreams],
        useFactory: (gatekeeper: Gatekeeper, upstreams: Upstreams) => new Proxy(gatekeeper, upstreams, settings),
      },
      { provide: ProductPages, inject: [Upstreams], useFactory: (upstreams: Upstreams) => new ProductPages(upstreams) },
    ],
  };
}
