import type { Sample } from '../run/observations.ts';
import { bands, timeAxis } from './chart.ts';
import { type Frame, percent } from './frame.ts';
import { html, type Html } from './html.ts';
import { duration, moment } from './numbers.ts';
import { namesOf, ofSamples, type Series } from './series.ts';

/** A state that a gauge tells by a number, and how tall it is drawn: states can be told apart without colour. */
interface State {
  readonly value: number;
  readonly name: string;
  /** Of 100. */
  readonly height: number;
}

/** States of several things over time: the first state is how each of them should be. */
export interface Strips {
  readonly title: string;
  readonly says: string;
  /** What names of its series begin with. */
  readonly prefix: string;
  readonly states: readonly [State, ...State[]];
}

export const BREAKERS: Strips = {
  title: 'Circuit breakers',
  says: 'A line is closed, a full bar open, a low bar half-open.',
  prefix: 'breaker.',
  states: [
    { value: 0, name: 'closed', height: 10 },
    { value: 1, name: 'open', height: 100 },
    { value: 2, name: 'half-open', height: 45 },
  ],
};

export const PROCESSES: Strips = {
  title: 'Processes',
  says: 'A line is ready, a full bar not.',
  prefix: 'ready.',
  states: [
    { value: 1, name: 'ready', height: 10 },
    { value: 0, name: 'not ready', height: 100 },
  ],
};

export interface Stretch {
  readonly state: string;
  readonly from: number;
  readonly to: number;
}

/** How long it was in which state. A sample holds until the next one; what was not seen is in no stretch. */
export function stretches(series: Series, states: readonly State[], end: number): readonly Stretch[] {
  return series.reduce<readonly Stretch[]>((done, { at, value }, index) => {
    const state = states.find((one) => one.value === value)?.name;
    if (state === undefined) return done;
    const to = series[index + 1]?.at ?? end;
    const last = done.at(-1);
    return last?.state === state && last.to === at
      ? [...done.slice(0, -1), { ...last, to }]
      : [...done, { state, from: at, to }];
  }, []);
}

interface Strip {
  readonly name: string;
  readonly stretches: readonly Stretch[];
}

/** One row each that was not always as it should be; the others are named. Undefined where there is none at all. */
export function renderStrips(kind: Strips, samples: readonly Sample[], frame: Frame): Html | undefined {
  const all = namesOf(samples, kind.prefix).map((series) => ({
    name: series.slice(kind.prefix.length).replaceAll('.', ' → '),
    stretches: stretches(ofSamples(samples, series, frame), kind.states, frame.to),
  }));
  if (all.length === 0) return undefined;
  const [good] = kind.states;
  const moved = all.filter((one) => one.stretches.some(({ state }) => state !== good.name));
  const still = all.filter((one) => !moved.includes(one)).map(({ name }) => name);
  return html`<figure class="chart ${moved.length === 0 ? 'quiet' : 'rows'}">
    <figcaption>
      <h3>${kind.title}</h3>
      <p>${kind.says}</p>
    </figcaption>
    ${moved.length === 0 ? undefined : table(kind, moved, frame)}
    ${still.length === 0 ? undefined : html`<p class="still">${good.name} all along: ${still.join(', ')}.</p>`}
  </figure>`;
}

function table(kind: Strips, all: readonly Strip[], frame: Frame): Html {
  const [good] = kind.states;
  return html`<div class="legend strips" role="table" aria-label="${kind.title}">
      ${all.map(
        (one) =>
          html`<div role="row">
            <span role="rowheader" class="name">${one.name}</span>
            <div role="cell" class="cell"><div class="plot">${bands(frame)}${bars(kind, one, frame)}</div></div>
            <span role="cell" class="figure">not ${good.name} for ${duration(otherwise(one, good.name))}</span>
          </div>`,
      )}
    </div>
    ${timeAxis(frame)}`;
}

function bars({ states }: Strips, { name, stretches: all }: Strip, frame: Frame): Html {
  const said = all.map(({ state, from }) => `${state} from ${moment(from - frame.zero)}`).join(', ');
  return html`<svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img">
    <title>${name}</title>
    <desc>${said}</desc>
    ${all.map(({ state, from, to }) => {
      const height = states.find((one) => one.name === state)?.height ?? 0;
      const level = states.findIndex((one) => one.name === state);
      const [x, width] = [percent(frame, from), percent(frame, to) - percent(frame, from)];
      return html`<rect class="state-${level}" x="${x}" y="${100 - height}" width="${width}" height="${height}" />`;
    })}
  </svg>`;
}

const otherwise = ({ stretches: all }: Strip, good: string): number =>
  all.filter(({ state }) => state !== good).reduce((sum, { from, to }) => sum + to - from, 0);
