import type { Provider } from '@nestjs/common';
import type { Watched } from '@souk/config';
import { Metrics } from '@souk/observability';
import { AppLogger, ManagementRoutes, WatchedFiles } from '@souk/service-kit';
import type { GatewayConfig } from '../config.js';
import { Policies } from '../resilience/policies.js';
import { withAggregation } from './aggregation-routes.js';
import { WindowJudge } from './canary.js';
import { PatientJudge } from './canary.naive.js';
import { routeFile } from './route-file.js';
import type { RouteTable, UpstreamName } from './routes.js';
import { exposeRouting, summaryOf } from './routing-status.js';
import { SwappedUpstreams, type UpstreamsOptions } from './swapped-upstreams.js';
import { PatchedUpstreams } from './swapped-upstreams.naive.js';
import { Upstreams } from './upstreams.js';
import type { Canary } from './versions.js';

const MONOTONIC = (): number => performance.now();

type UrlName = `${Uppercase<Exclude<UpstreamName, 'order-query'>>}_URL` | 'ORDER_QUERY_URL';
type Config = Pick<GatewayConfig, 'SOUK_VARIANTS' | 'ROUTES_FILE' | UrlName> &
  Partial<Pick<GatewayConfig, 'AGGREGATION_URL'>>;

/** The part of the composition root that is about routes and the services behind them. */
export const routingProviders = (config: Config, given?: Watched<RouteTable>): Provider[] => [
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
      const led = (table: RouteTable): RouteTable => withAggregation(table, config.AGGREGATION_URL);
      const upstreams = weakened('routes-in-place')
        ? new PatchedUpstreams(led(routes.value), options)
        : new SwappedUpstreams(led(routes.value), options);
      routes.onChange((next) => upstreams.apply(led(next)));
      files.follow(routes, summaryOf);
      exposeRouting({ upstreams, management, metrics, status: () => routes.status() });
      return upstreams;
    },
  },
];
