import { expect, it } from '@jest/globals';
import { processMetrics } from './process-metrics.js';

it('every process tells the same about itself', () => {
  const stats = () => ({ exported: 3, dropped: 2, failed: 1 });
  const values = new Map(
    processMetrics({ stats })
      .render()
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => line.split(' '))
      .map(([name, value]) => [name, Number(value)]),
  );
  expect(Object.fromEntries(values)).toEqual({
    souk_spans_exported_total: 3,
    souk_spans_dropped_total: 2,
    souk_spans_failed_total: 1,
    process_start_time_seconds: expect.any(Number),
    process_resident_memory_bytes: expect.any(Number),
    process_cpu_seconds_total: expect.any(Number),
    nodejs_eventloop_busy_seconds_total: expect.any(Number),
  });
  expect(values.get('process_cpu_seconds_total')).toBeGreaterThan(0);
  expect(
    Math.abs((values.get('process_start_time_seconds') ?? 0) + process.uptime() - Date.now() / 1_000),
  ).toBeLessThan(5);
});
