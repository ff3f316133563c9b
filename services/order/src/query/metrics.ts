import type { ViewLag } from '@souk/messaging';
import type { Metrics } from '@souk/observability';
import type { Rebuild } from './rebuild/rebuild.js';
import type { AsOf } from './views/as-of.js';

interface Sources {
  readonly lag: () => ViewLag;
  readonly asOf: Pick<AsOf, 'value'>;
  readonly rebuild: Pick<Rebuild, 'current'>;
  /** ms since 1970. */
  readonly now: () => number;
}

/** Lag is told, not judged: a view that is behind answers, and says how old it is. */
export function addMetrics(metrics: Metrics, { lag, asOf, rebuild, now }: Sources): void {
  metrics.gauge(
    'souk_view_lag_seconds',
    'Age of what the views answer; of all processes, the one furthest behind.',
    () => (now() - asOf.value().getTime()) / 1_000,
  );
  metrics.gauge(
    'souk_view_lag_messages',
    'Messages in the log that are not in the views, of the partitions read here.',
    () => [...lag().messages].map(([topic, value]) => ({ labels: { topic }, value })),
  );
  metrics.gauge('souk_rebuild_running', '1 while this process rebuilds the views.', () =>
    rebuild.current.state === 'running' ? 1 : 0,
  );
  metrics.gauge('souk_rebuild_orders', 'Orders of the last rebuild of this process.', () => [
    { labels: { count: 'done' }, value: rebuild.current.done },
    { labels: { count: 'total' }, value: rebuild.current.total },
  ]);
}
