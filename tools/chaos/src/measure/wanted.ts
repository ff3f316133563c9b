import type { SeriesRequest } from './measure.ts';
import { readMetrics, sumOf } from './prometheus.ts';

/** A metric of a process, and the series that it becomes: summed as one, or one for each value of a label. */
export type Wanted =
  | { readonly metric: string; readonly as: string; readonly labels?: Readonly<Record<string, string>> }
  | { readonly metric: string; readonly as: string; readonly by: string };

const messaging = (process: string): Wanted[] => [
  { metric: 'souk_outbox_age_seconds', as: `outbox.${process}` },
  { metric: 'souk_outbox_depth', as: `outbox-depth.${process}` },
  { metric: 'souk_consumer_lag_messages', as: `lag.${process}` },
];

const breakers = (process: string): Wanted[] => [
  { metric: 'souk_circuit_state', by: 'policy', as: `breaker.${process}` },
];

/** What is looked at in every run, for people and for the report. */
const ALWAYS: Readonly<Record<string, readonly Wanted[]>> = {
  order: messaging('order'),
  inventory: messaging('inventory'),
  gateway: breakers('gateway'),
  ambassador: breakers('ambassador'),
};

/** By process, what has to be read of it. */
export function wantedOf(requests: readonly SeriesRequest[]): Map<string, Wanted[]> {
  const wanted = new Map(Object.entries(ALWAYS).map(([process, some]) => [process, [...some]]));
  for (const request of requests) {
    if (request.from !== 'metrics') continue;
    const { process, metric, labels, as } = request;
    const some = wanted.get(process) ?? [];
    if (!some.some((one) => one.as === as)) some.push({ metric, as, ...(labels && { labels }) });
    wanted.set(process, some);
  }
  return wanted;
}

/** The series in what a process tells of itself. */
export function seriesIn(text: string, wanted: readonly Wanted[]): Record<string, number> {
  const found = readMetrics(text, new Set(wanted.map(({ metric }) => metric)));
  const series: Record<string, number> = {};
  for (const one of wanted) {
    const readings = found.get(one.metric);
    if (readings === undefined) continue;
    if ('by' in one) for (const { labels, value } of readings) series[`${one.as}.${labels[one.by] ?? ''}`] = value;
    else {
      const sum = sumOf(readings, one.labels);
      if (sum !== undefined) series[one.as] = sum;
    }
  }
  return series;
}
