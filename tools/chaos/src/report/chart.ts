import type { Window } from '../run/observations.ts';
import { figure, number } from './numbers.ts';
import { type Frame, percent } from './frame.ts';
import { html, Html } from './html.ts';
import { most, type Series } from './series.ts';
import { ticks } from './ticks.ts';

/** A line of a chart. */
export interface Line {
  readonly name: string;
  readonly series: Series;
  /** What it was in a part of the run, in one figure. */
  readonly sum: (part: Window) => number | undefined;
}

export interface Chart {
  readonly title: string;
  /** What it shows, in a few words. */
  readonly says: string;
  readonly unit: string;
  readonly lines: readonly Line[];
  /** One line above the other, or each in a row of its own on the same scale. */
  readonly as: 'lines' | 'rows';
  /** No line is taller than this on purpose: 100 for percents. */
  readonly ceiling?: number;
  /** The scale reaches this at least, so that two charts can be compared. */
  readonly floor?: number;
  /** What was 0 all along, and is not drawn. */
  readonly still?: readonly Line[];
}

const WIDTH = 1_000;
const HEIGHT = 100;
/** Percent of the width. */
const ROOM_FOR_A_NAME = 7;

export function renderChart(chart: Chart, frame: Frame): Html {
  const top = topOf(chart);
  const { still = [], lines } = chart;
  return html`<figure class="chart ${lines.length === 0 ? 'quiet' : chart.as}">
    <figcaption>
      <h3>${chart.title}</h3>
      <p>${chart.says}</p>
    </figcaption>
    ${lines.length === 0 ? undefined : drawn(chart, frame, top)}
    ${still.length === 0 ? undefined : html`<p class="still">0 all along: ${still.map(({ name }) => name).join(', ')}.</p>`}
  </figure>`;
}

function drawn(chart: Chart, frame: Frame, top: number): Html {
  return chart.as === 'rows'
    ? html`${legend(chart, frame, top)}${timeAxis(frame)}`
    : html`${plot(chart.lines, chart, frame, top)}${timeAxis(frame)}${legend(chart, frame, top)}`;
}

/** What its scale reaches. */
export function topOf({ lines, ceiling, floor = 0 }: Chart): number {
  const highest = Math.max(floor, ...lines.map(({ series }) => most(series) ?? 0));
  const top = ticks(0, highest === 0 ? 1 : highest, 3).at(-1) ?? 1;
  return ceiling === undefined ? top : Math.min(top, ceiling);
}

/** A table of lines: before, during and after in figures, and in rows the line itself. */
function legend(chart: Chart, frame: Frame, top: number): Html {
  return html`<div class="legend" role="table" aria-label="${chart.title}: before, during and after the fault">
    <div class="head" role="row">
      <span role="columnheader" class="name"
        >${chart.as === 'rows' ? `each up to ${figure(top, chart.unit)}` : ''}</span
      >
      <span role="columnheader">before</span><span role="columnheader">during</span
      ><span role="columnheader">after</span>
    </div>
    ${chart.lines.map((line, index) => legendRow(chart, line, index, frame, top))}
  </div>`;
}

function legendRow(chart: Chart, line: Line, index: number, frame: Frame, top: number): Html {
  const cell = (label: string, window: Frame['before']): Html =>
    html`<span role="cell" class="figure" data-label="${label}">${sumOf(line, window, chart.unit)}</span>`;
  const values = JSON.stringify(line.series.map(({ at, value }) => [percent(frame, at), value ?? null]));
  return html`<div
    role="row"
    class="line-${chart.as === 'rows' ? 1 : index + 1}"
    data-unit="${chart.unit}"
    data-values="${values}"
  >
    <span role="rowheader" class="name"><i class="swatch"></i>${line.name} <b class="now" aria-hidden="true"></b></span>
    ${chart.as === 'rows' ? html`<div role="cell" class="cell">${plot([line], chart, frame, top)}</div>` : undefined}
    ${cell('before', frame.before)} ${cell('during', frame.during)} ${cell('after', frame.after)}
  </div>`;
}

function plot(lines: readonly Line[], chart: Chart, frame: Frame, top: number): Html {
  const tall = chart.as === 'lines';
  const steps = tall ? ticks(0, top, 3).filter((step) => step <= top) : [];
  const grid = steps.map((step) => `M0 ${HEIGHT - (step / top) * HEIGHT}H${WIDTH}`).join('');
  const said = lines.map((line) => words(line, frame, chart.unit)).join(' ');
  return html`<div class="plot">
    ${bands(frame)}
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img">
      <title>${chart.title}</title>
      <desc>${said}</desc>
      <path class="grid" d="${grid}" />
      ${lines.map(
        ({ series }, index) => html`<path class="curve line-${index + 1}" d="${curve(series, frame, top)}" />`,
      )}
    </svg>
    ${steps.map(
      (step) =>
        html`<span class="y" style="bottom: ${(step / top) * 100}%" aria-hidden="true"
          >${figure(step, chart.unit)}</span
        >`,
    )}
    <i class="cursor"></i>
  </div>`;
}

function words(line: Line, frame: Frame, unit: string): string {
  const [before, during, after] = [frame.before, frame.during, frame.after].map((part) => sumOf(line, part, unit));
  return `${line.name}: ${before} before, ${during} during and ${after} after the fault.`;
}

const sumOf = ({ sum }: Line, part: Window | undefined, unit: string): string =>
  figure(part === undefined ? undefined : sum(part), unit);

/** Lines where values follow each other, a dot where one stands alone, a gap where nothing was seen. */
export function curve(series: Series, frame: Frame, top: number): string {
  let drawing = false;
  const parts = series.map(({ at, value }, index) => {
    if (value === undefined) {
      drawing = false;
      return '';
    }
    const place = `${percent(frame, at) * (WIDTH / 100)} ${round(HEIGHT - Math.min(1, value / top) * HEIGHT)}`;
    const alone = !drawing && series[index + 1]?.value === undefined;
    const part = `${drawing ? 'L' : 'M'}${place}${alone ? 'h.01' : ''}`;
    drawing = true;
    return part;
  });
  return parts.join('');
}

const round = (value: number): number => Math.round(value * 100) / 100;

/** The time of the fault, hatched, and of the way back. */
export function bands(frame: Frame): Html {
  const band = (kind: string, part: Frame['during']): Html | undefined =>
    part === undefined
      ? undefined
      : html`<i
          class="band ${kind}"
          style="left: ${percent(frame, part.from)}%; right: ${round(100 - percent(frame, part.to))}%"
        ></i>`;
  return html`${band('fault', frame.during)}${band('healing', frame.healing)}`;
}

/** Times from the beginning of the fault, so that the fault begins at 0. */
export function timeAxis(frame: Frame): Html {
  const { from, to, zero } = frame;
  const marks = ticks((from - zero) / 1_000, (to - zero) / 1_000, 6).filter((second) => second * 1_000 + zero <= to);
  return html`<div class="axis" aria-hidden="true">
    <div>
      ${marks.map(
        (second) =>
          html`<span style="left: ${percent(frame, second * 1_000 + zero)}%"
            >${second === 0 ? '0 s' : number(second)}</span
          >`,
      )}
    </div>
  </div>`;
}

/** The parts of the run by name, over the charts that all have their times. */
export function timeline(frame: Frame): Html {
  const parts: readonly (readonly [string, Frame['during']])[] = [
    ['before', frame.before],
    ['fault', frame.during],
    ['heal', frame.healing],
    ['after', frame.after],
    ['check', frame.check],
  ];
  const shown = parts.flatMap(([name, part]) => {
    if (part === undefined) return [];
    const [left, right] = [percent(frame, part.from), percent(frame, part.to)];
    return right - left < 1 ? [] : [{ name, left, width: round(right - left) }];
  });
  return html`<div class="timeline" aria-hidden="true">
    <div>
      ${shown.map(
        ({ name, left, width }) =>
          html`<span class="${name}" style="left: ${left}%; width: ${width}%"
            ><b>${width < ROOM_FOR_A_NAME ? '' : name}</b></span
          >`,
      )}
    </div>
  </div>`;
}
