import type { Observations, Sample } from '../run/observations.ts';
import type { Chart, Line } from './chart.ts';
import type { Frame } from './frame.ts';
import { mean, most, namesOf, ofSamples, type Series } from './series.ts';

/** A metric that every run looks at, and that has a chart of its own. */
export const VIEW_LAG = 'metric.order-query.souk_view_lag_seconds';

/** What this experiment has looked at beside what every run looks at: links, its own counters, metrics. */
export function watchedCharts({ samples }: Observations, frame: Frame): readonly Chart[] {
  const names = namesOf(samples, '').filter((name) => name !== VIEW_LAG);
  const counted = (title: string, says: string, named: readonly string[], nameOf: (name: string) => string): Chart => ({
    title,
    says,
    unit: '/s',
    as: 'rows',
    lines: named.map((name) => rateLine(nameOf(name), ofSamples(samples, name, frame))),
  });
  const links = names.filter((name) => /^link\..*\.requests$/.test(name));
  const own = names.filter((name) => name.startsWith('own.'));
  return [
    counted('Links', 'Requests a second', links, (name) =>
      name.replace(/^link\.|\.requests$/g, '').replace('->', ' → '),
    ),
    counted('Counted by the experiment', 'A second', own, (name) => name.slice('own.'.length)),
    ...metricCharts(names, samples, frame),
  ];
}

const METRIC = /^metric\.([^.]+)\.([A-Za-z_:][\w:]*)(.*)$/;

/** One chart a metric, whichever processes and labels it was asked of. */
function metricCharts(names: readonly string[], samples: readonly Sample[], frame: Frame): readonly Chart[] {
  const found = names.flatMap((name) => {
    const [, process, metric, labels] = METRIC.exec(name) ?? [];
    return process === undefined || metric === undefined ? [] : [{ name, process, metric, labels }];
  });
  return [...Map.groupBy(found, ({ metric }) => metric)].map(([metric, all]): Chart => {
    const isCounter = /_(total|count|sum)$/.test(metric);
    const lines = all.map(({ name, process, labels }) => {
      const series = ofSamples(samples, name, frame);
      const title = `${process} ${labels ?? ''}`.trim();
      return isCounter
        ? rateLine(title, series)
        : ({ name: title, series, sum: (part) => most(series, part) } satisfies Line);
    });
    const says = isCounter ? 'How much it grew in a second' : 'At most';
    return { title: metric, says, unit: isCounter ? '/s' : '', lines, as: 'rows' };
  });
}

function rateLine(name: string, counter: Series): Line {
  const series = growth(counter);
  return { name, series, sum: (part) => mean(series, part) };
}

/** How much a counter grew in each second between two looks; one that begins anew has grown from 0. */
export function growth(counter: Series): Series {
  return counter.slice(1).map(({ at, value }, index) => {
    const { at: since, value: before } = counter[index] ?? { at, value: undefined };
    if (value === undefined || before === undefined || at <= since) return { at, value: undefined };
    return { at, value: ((value < before ? value : value - before) / (at - since)) * 1_000 };
  });
}
