import type { Metrics } from '@souk/observability';
import type { AdaptiveAdmission } from './adaptive-admission.js';
import type { Lane } from './lane.js';

export function overloadMetrics(metrics: Pick<Metrics, 'gauge' | 'counter'>, admission: AdaptiveAdmission): void {
  const byLane = (read: (lane: Lane) => number) => () =>
    [...admission.lanes.values()].map((lane) => ({ labels: { lane: lane.name }, value: read(lane) }));
  metrics.gauge(
    'souk_admission_limit',
    'Requests that may be under way, by group of routes.',
    byLane(({ limit }) => Math.floor(limit)),
  );
  metrics.gauge(
    'souk_admission_in_flight',
    'Requests that are.',
    byLane(({ inFlight }) => inFlight),
  );
  metrics.counter(
    'souk_admission_shed_total',
    'Requests that were sent away with 503 overloaded.',
    byLane(({ shed }) => shed),
  );
  metrics.gauge('souk_admission_total_limit', 'Requests that may be under way in the process.', () =>
    Math.floor(admission.limit),
  );
  metrics.gauge(
    'souk_admission_pressure',
    'How late the event loop was in the last seconds, of what closes the door (1); from 0.5 on replicas are added.',
    () => admission.pressure,
  );
  metrics.gauge('souk_essential_only', '1 while pages leave out what is optional.', () =>
    admission.essentialOnly ? 1 : 0,
  );
}
