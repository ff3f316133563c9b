import { z } from 'zod';
import type { Observations, Window } from '../run/observations.ts';
import { answersOf, visits, wasSent } from './answers.ts';
import type { Measure, SeriesRequest } from './measure.ts';
import { increase, pointsOf, taken, TAKES, withZeros } from './series.ts';

const counter = z.strictObject({
  process: z.string(),
  metric: z.string(),
  labels: z.record(z.string(), z.string()).optional().describe('label sets that have these are summed'),
});
type Counter = z.output<typeof counter>;

/** What a sampled metric is called among the series. */
export function metricSeries({ process, metric, labels = {} }: Counter): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  return `metric.${process}.${metric}${pairs.length === 0 ? '' : `{${pairs.toSorted().join()}}`}`;
}

const sampledAs = ({ samples }: Observations, one: Counter): [Observations['samples'], string] => {
  const series = metricSeries(one);
  return [withZeros(samples, series, one.process), series];
};

const requestOf = (one: Counter): SeriesRequest => {
  const { process, metric, labels } = one;
  return { from: 'metrics', process, metric, as: metricSeries(one), ...(labels && { labels }) };
};

/** Visits that were sent in a window, or orders that were placed in it. */
function countOf({ answers, orders }: Observations, window: Window, what: 'visits' | 'orders'): number {
  if (what === 'visits') return answersOf(answers, window).filter(wasSent).length;
  return orders.filter(({ placedAt }) => placedAt >= window.from && placedAt < window.to).length;
}

const ratio = (value: number | undefined, by: number | undefined): number | undefined =>
  value === undefined || by === undefined || by === 0 ? undefined : value / by;

const metricParameters = z.strictObject({
  ...counter.shape,
  take: z.enum(TAKES),
  per: z
    .union([z.enum(['visits', 'orders']), counter])
    .optional()
    .describe('divided by that, within the window'),
});

/** A metric of a process; `increase` is for counters, and bears that a process begins anew. */
export const metric: Measure<z.output<typeof metricParameters>> = {
  name: 'metric',
  unit: '',
  parameters: metricParameters,
  figure: (seen, window, { take, per, ...which }) => {
    const value = taken(...sampledAs(seen, which), window, take);
    if (per === undefined) return value;
    return ratio(
      value,
      typeof per === 'string' ? countOf(seen, window, per) : increase(...sampledAs(seen, per), window),
    );
  },
  needs: ({ per, ...which }) => [
    requestOf(which),
    ...(per === undefined || typeof per === 'string' ? [] : [requestOf(per)]),
  ],
};

const linkParameters = z.strictObject({
  link: z.string(),
  count: z.enum(['requests', 'connections', 'bytes']),
  per: z.enum(['visits', 'orders']).optional(),
});

/** What went over a link in the window. */
export const link: Measure<z.output<typeof linkParameters>> = {
  name: 'link',
  unit: '',
  parameters: linkParameters,
  figure: (seen, window, { link: name, count, per }) => {
    const value = increase(seen.samples, `link.${name}.${count}`, window);
    return per === undefined ? value : ratio(value, countOf(seen, window, per));
  },
  needs: ({ link: name }) => [{ from: 'link', link: name }],
};

const amplificationParameters = z.strictObject({ ...visits.shape, link: z.string() });

/** Requests that a visit made on a link: how much retries and fan-out make of one wish. */
export const amplification: Measure<z.output<typeof amplificationParameters>> = {
  name: 'amplification',
  unit: 'requests',
  parameters: amplificationParameters,
  figure: ({ samples, answers }, window, { link: name, visit }) => {
    const requests = increase(samples, `link.${name}.requests`, window);
    return ratio(requests, answersOf(answers, window, visit).filter(wasSent).length);
  },
  needs: ({ link: name }) => [{ from: 'link', link: name }],
};

const ofProcess = z.strictObject({ process: z.string() });
type OfProcess = z.output<typeof ofProcess>;

/** Of all looks at it, those at which a process said that it was ready. */
export const ready: Measure<OfProcess> = {
  name: 'ready',
  unit: '%',
  parameters: ofProcess,
  figure: ({ samples }, window, { process }) => {
    const share = taken(samples, `ready.${process}`, window, 'mean');
    return share === undefined ? undefined : 100 * share;
  },
};

/** How often a process ended that nobody had told to. */
export const restarts: Measure<OfProcess> = {
  name: 'restarts',
  unit: '',
  parameters: ofProcess,
  figure: ({ samples }, window, { process }) => increase(samples, `restarts.${process}`, window),
};

const resident = ({ process }: OfProcess): Counter => ({ process, metric: 'process_resident_memory_bytes' });

/** By how much the resident memory of a process grew. */
export const memory: Measure<OfProcess> = {
  name: 'memory',
  unit: 'MiB',
  parameters: ofProcess,
  figure: ({ samples }, window, parameters) => {
    const grown = taken(samples, metricSeries(resident(parameters)), window, 'change');
    return grown === undefined ? undefined : grown / 2 ** 20;
  },
  needs: (parameters) => [requestOf(resident(parameters))],
};

const ownParameters = z.strictObject({ series: z.string(), take: z.enum(TAKES).default('increase') });

/** What the code of an experiment counted. */
export const own: Measure<z.output<typeof ownParameters>> = {
  name: 'own',
  unit: '',
  parameters: ownParameters,
  figure: ({ samples }, window, { series, take }) =>
    take === 'increase' ? counted(samples, `own.${series}`, window) : taken(samples, `own.${series}`, window, take),
};

/** What code of ours counts begins at 0 and never anew: what was counted before the first sample is not lost. */
function counted(samples: Observations['samples'], series: string, window: Window): number | undefined {
  const last = pointsOf(samples, series, window).at(-1);
  const before = pointsOf(samples, series, { from: -Infinity, to: window.from }).at(-1);
  return last === undefined ? undefined : last.value - (before?.value ?? 0);
}
