import type { Provider } from '@nestjs/common';
import type { Watched } from '@souk/config';
import { Metrics } from '@souk/observability';
import { AppLogger, ManagementRoutes, WatchedFiles } from '@souk/service-kit';
import type { GatewayConfig } from '../config.js';
import { Policies } from '../resilience/policies.js';
import { WindowJudge } from './canary.js';
import { PatientJudge } from './canary.naive.js';
import { routeFile } from './route-file.js';
import type { RouteTable } from './routes.js';
import { exposeRouting, summaryOf } from './routing-status.js';
import { SwappedUpstreams, type UpstreamsOptions } from './swapped-upstreams.js';
import { PatchedUpstreams } from './swapped-upstreams.naive.js';
import { Upstreams } from './upstreams.js';
import type { Canary } from './versions.js';

const MONOTONIC = (): number => performance.now();

/** The part of the composition root that is about routes and the services behind them. */
export const routingProviders = (config: GatewayConfig, given?: Watched<RouteTable>): Provider[] => [
  {
    provide: Upstreams,
    inject: [AppLogger, WatchedFiles, ManagementRoutes, Metrics, Policies],
    useFactory: (
      logger: AppLogger,
      files: WatchedFiles,
      management: ManagementRoutes,
      metrics: Metrics,
      policies: Policies,
    ): Upstreams => {
      const routes = given ?? routeFile(config.ROUTES_FILE);
      const weakened = (variant: string): boolean => config.SOUK_VARIANTS.some((one) => one === variant);
      const options: UpstreamsOptions = {
        policies,
        urls: {
          catalog: config.CATALOG_URL,
          inventory: config.INVENTORY_URL,
          order: config.ORDER_URL,
          'order-query': config.ORDER_QUERY_URL,
          recommendation: config.RECOMMENDATION_URL,
        },
        judge: weakened('canary-no-revert') ? () => new PatientJudge() : (rule) => new WindowJudge(rule),
        onRevert: ({ options: { name, version, weight }, counts }: Canary) =>
          logger.warn({ upstream: name, version, weight, ...counts }, 'the canary failed too often and is taken back'),
        now: MONOTONIC,
      };
      const upstreams = weakened('routes-in-place')
        ? new PatchedUpstreams(routes.value, options)
        : new SwappedUpstreams(routes.value, options);
      routes.onChange((next) => upstreams.apply(next));
      files.follow(routes, summaryOf);
      exposeRouting({ upstreams, management, metrics, status: () => routes.status() });
      return upstreams;
    },
  },
];
