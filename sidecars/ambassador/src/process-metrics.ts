import { Metrics, type Telemetry } from '@souk/observability';

/** What every process of the shop tells about itself, under the same names. */
export function processMetrics(telemetry: Pick<Telemetry, 'stats'>): Metrics {
  const metrics = new Metrics();
  metrics.counter('souk_spans_exported_total', 'Spans that the receiver took.', () => telemetry.stats().exported);
  metrics.counter('souk_spans_dropped_total', 'Spans dropped here, the queue full.', () => telemetry.stats().dropped);
  metrics.counter('souk_spans_failed_total', 'Spans that the receiver did not take.', () => telemetry.stats().failed);
  metrics.gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss());
  metrics.counter('process_cpu_seconds_total', 'User and system CPU time.', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000_000;
  });
  return metrics;
}
