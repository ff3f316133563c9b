import type { WatchStatus } from '@souk/config';
import type { Metrics } from '@souk/observability';
import type { ManagementRoutes } from '@souk/service-kit';
import type { RouteTable } from './routes.js';
import type { OpenVersion, Upstreams } from './upstreams.js';

export interface Exposed {
  readonly upstreams: Upstreams;
  readonly management: ManagementRoutes;
  readonly metrics: Metrics;
  readonly status: () => WatchStatus;
}

/** What `/configz` shows of a table. */
export const summaryOf = ({ routes, upstreams }: RouteTable) => ({ routes: routes.length, upstreams });

/** `GET /routes` of the management port: the table in force, and how the services behind it do. Metrics tell the same in numbers. */
export function exposeRouting({ upstreams, management, metrics, status }: Exposed): void {
  management.add('/routes', () => ({
    status: 200,
    body: { ...status(), draining: upstreams.draining, upstreams: upstreams.open.map(describe) },
  }));
  metrics.gauge(
    'souk_gateway_tables_draining',
    'Replaced route tables with requests under way.',
    () => upstreams.draining,
  );
  metrics.gauge('souk_gateway_instances_out', 'Instances that are left out because they kept failing.', () =>
    upstreams.open.map((one) => ({ labels: labelsOf(one), value: one.upstream.instances().filter(isOut).length })),
  );
  metrics.gauge('souk_gateway_canary_reverted', '1: the canary failed too often and gets no callers.', () =>
    canaries(upstreams).map(({ canary, ...one }) => ({ labels: labelsOf(one), value: canary.isReverted ? 1 : 0 })),
  );
  metrics.counter('souk_gateway_canary_calls_total', 'Calls to canaries since they were defined, by outcome.', () =>
    canaries(upstreams).flatMap(({ canary, ...one }) =>
      Object.entries(canary.counts).map(([outcome, value]) => ({ labels: { ...labelsOf(one), outcome }, value })),
    ),
  );
}

const isOut = ({ isOut: value }: { isOut: boolean }): boolean => value;

const labelsOf = ({ name, version }: Pick<OpenVersion, 'name' | 'version'>) => ({ upstream: name, version });

const canaries = ({ open }: Upstreams) => open.flatMap((one) => (one.canary ? [{ ...one, canary: one.canary }] : []));

function describe({ name, version, upstream, canary }: OpenVersion) {
  const { circuit } = upstream.state();
  return {
    name,
    version,
    circuit,
    instances: upstream.instances(),
    ...(canary && { canary: { weight: canary.options.weight, isReverted: canary.isReverted, ...canary.counts } }),
  };
}
