import { percentile } from '../../../../bench/percentile.ts';
import type { Answer, Observations, Window } from '../run/observations.ts';
import { isServed, percent as share, wasSent } from '../measure/answers.ts';
import { type Chart, type Line, renderChart, timeline, topOf } from './chart.ts';
import { VIEW_LAG, watchedCharts } from './counters.ts';
import { type Frame } from './frame.ts';
import { html, type Html } from './html.ts';
import { most, namesOf, ofAnswers, ofSamples, OVER_SECONDS, rate, visitsOf } from './series.ts';
import { BREAKERS, PROCESSES, renderStrips } from './strip.ts';

const OVER = `over the last ${OVER_SECONDS} s`;

/** Every chart that the run has something for. */
export function chartsOf(seen: Observations, frame: Frame): readonly Chart[] {
  const charts = [
    ordersChart(seen, frame),
    latencyChart(seen, frame),
    errorsChart(seen, frame),
    ...gauges(seen, frame),
    ...watchedCharts(seen, frame),
  ];
  return charts.filter(({ lines, still = [] }) => lines.length + still.length > 0);
}

/** Them, and the states of processes and breakers, over one time. Undefined where nothing was seen. */
export function drawAll(charts: readonly Chart[], { samples }: Observations, frame: Frame): Html | undefined {
  const strips = [PROCESSES, BREAKERS]
    .map((kind) => renderStrips(kind, samples, frame))
    .filter((one) => one !== undefined);
  if (charts.length + strips.length === 0) return undefined;
  const drawn = charts.map((chart) => renderChart(chart, frame));
  return html`<div class="charts">${timeline(frame)} ${drawn} ${strips}</div>`;
}

/** The shop's pulse: what was taken on, and what was brought to its good end. */
export function ordersChart({ orders }: Observations, frame: Frame): Chart {
  const placed = orders.map(({ placedAt }) => placedAt);
  const confirmed = orders.flatMap(({ confirmedAt }) => (confirmedAt === undefined ? [] : [confirmedAt]));
  const line = (name: string, times: readonly number[]): Line => {
    const perSecond = ({ from, to }: Window): number =>
      (times.filter((at) => at >= from && at < to).length / (to - from)) * 1_000;
    return { name, series: rate(times, frame), sum: perSecond };
  };
  const lines = placed.length === 0 ? [] : [line('accepted', placed), line('confirmed', confirmed)];
  return { title: 'Orders', says: `Orders a second, ${OVER}`, unit: '/s', lines, as: 'lines' };
}

export function latencyChart(seen: Observations, frame: Frame): Chart {
  const lines = perVisit(seen, frame, (some) => p95(some.filter(wasSent)));
  const says = `Time until the answer in 95 % of the cases, ${OVER}`;
  return { title: 'Latency by class, p95', says, unit: 'ms', lines, as: 'rows' };
}

export function errorsChart(seen: Observations, frame: Frame): Chart {
  const all = perVisit(seen, frame, (some) => share(some, (answer) => !isServed(answer)));
  const says = `Requests that were refused, failed or had no answer, ${OVER}`;
  return { title: 'Errors by class', says, unit: '%', ...moved(all), as: 'rows', ceiling: 100 };
}

function perVisit(
  seen: Observations,
  frame: Frame,
  value: (some: readonly Answer[]) => number | undefined,
): readonly Line[] {
  return visitsOf(seen).map((visit) => {
    const those = seen.answers.filter((answer) => answer.visit === visit);
    const sum = ({ from, to }: Window): number | undefined => {
      const some = those.filter(({ at }) => at >= from && at < to);
      return value(some);
    };
    return { name: visit, series: ofAnswers(those, frame, value), sum };
  });
}

/** What was 0 from begin to end is named, and not drawn. */
function moved(all: readonly Line[]): Pick<Chart, 'lines' | 'still'> {
  const lines = all.filter(({ series }) => (most(series) ?? 0) > 0);
  return { lines, still: all.filter((line) => !lines.includes(line)) };
}

/** A gauge of the shop that every run has. */
interface Gauge extends Pick<Chart, 'title' | 'says' | 'unit'> {
  /** What names of its series begin with; what follows is the name of a line, or `alone` where nothing does. */
  readonly prefix: string;
  readonly alone?: string;
}

const GAUGES: readonly Gauge[] = [
  { prefix: 'outbox.', title: 'Outbox age', says: 'The oldest message that is not sent yet, at its oldest', unit: 's' },
  { prefix: 'lag.', title: 'Consumer lag', says: 'Messages that are there and not worked off, at most', unit: '' },
  {
    prefix: 'orders.open',
    alone: 'orders',
    title: 'Open orders',
    says: 'Orders that have not ended, at most',
    unit: '',
  },
  {
    prefix: VIEW_LAG,
    alone: 'order-query',
    title: 'Age of the lists',
    says: 'How far the read side is behind, at most',
    unit: 's',
  },
];

function gauges({ samples }: Observations, frame: Frame): readonly Chart[] {
  return GAUGES.map(({ prefix, alone = '', title, says, unit }) => {
    const all = namesOf(samples, prefix).map((name): Line => {
      const series = ofSamples(samples, name, frame);
      return { name: name.slice(prefix.length) || alone, series, sum: (part) => most(series, part) };
    });
    return { title, says, unit, ...moved(all), as: 'rows' };
  });
}

function p95(some: readonly Answer[]): number | undefined {
  const times = some.map(({ tookMs }) => tookMs);
  return times.length === 0 ? undefined : percentile(times, 95);
}

/** The charts under their headline; a word where there is nothing to draw. */
export function chartsSection(seen: Observations, frame: Frame): Html {
  const drawn = drawAll(chartsOf(seen, frame), seen, frame);
  const words =
    frame.during === undefined
      ? 'The run ended before its fault. Times are seconds since its baseline began.'
      : 'The fault is hatched. Times are seconds since it began.';
  return html`<section aria-labelledby="charts">
    <h2 id="charts">The run</h2>
    <p class="lead">${drawn === undefined ? 'Nothing was seen of this run.' : words}</p>
    ${drawn}
  </section>`;
}

/** Both on the same scales, and with the same lines: what moved in one of them is drawn in the other as well. */
export function comparable(one: readonly Chart[], other: readonly Chart[]): readonly Chart[] {
  return one.map((chart) => {
    const twin = other.find(({ title }) => title === chart.title);
    const drawn = new Set([...chart.lines, ...(twin?.lines ?? [])].map(({ name }) => name));
    const all = [...chart.lines, ...(chart.still ?? [])];
    const floor = Math.max(topOf(chart), twin === undefined ? 0 : topOf(twin));
    const lines = all.filter(({ name }) => drawn.has(name));
    return { ...chart, floor, lines, still: all.filter(({ name }) => !drawn.has(name)) };
  });
}
