import { performance } from 'node:perf_hooks';
import { Metrics } from './metrics.js';
import type { Telemetry } from './telemetry.js';

/** What every process tells about itself, under the same names, at `/metrics` of its management port. */
export function processMetrics(telemetry: Pick<Telemetry, 'stats'>): Metrics {
  const metrics = new Metrics();
  metrics.counter('souk_spans_exported_total', 'Spans that the receiver took.', () => telemetry.stats().exported);
  metrics.counter('souk_spans_dropped_total', 'Spans dropped here, the queue full.', () => telemetry.stats().dropped);
  metrics.counter('souk_spans_failed_total', 'Spans that the receiver did not take.', () => telemetry.stats().failed);
  metrics.gauge(
    'process_start_time_seconds',
    'When the process was started, in seconds since 1970.',
    () => performance.timeOrigin / 1_000,
  );
  metrics.gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss());
  metrics.counter('process_cpu_seconds_total', 'User and system CPU time.', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000_000;
  });
  // A lag would have to be sampled by a timer, which costs an idle process more than all its other work.
  metrics.counter(
    'nodejs_eventloop_busy_seconds_total',
    'Time in which the event loop was not idle; its rate is the utilisation.',
    () => performance.eventLoopUtilization().active / 1_000,
  );
  return metrics;
}
