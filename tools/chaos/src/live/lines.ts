import { styleText } from 'node:util';
import type { Plan } from '../experiment/plan.ts';
import type { Mark, Observations, PhaseName } from '../run/observations.ts';
import type { Recorder } from '../run/recorder.ts';
import { figuresNow, type Now } from './figures.ts';

const WIDTH = 24;
const MARKS: Readonly<Record<Mark['what'], string>> = {
  phase: '▸',
  fault: '✖',
  undone: '✔',
  process: '·',
  note: '·',
};

type Seen = Observations & Pick<Recorder, 'phase'>;

/** What is drawn again and again while a run goes on. Pure. */
export function liveLines(plan: Plan, seen: Seen, now: number): string[] {
  const { phase } = seen;
  const lasts = lengthOf(plan, phase);
  const since = (now - (seen.phases[phase] ?? 0)) / 1_000;
  const bar = lasts === undefined ? '' : ` ${progress(since / lasts)}`;
  const of = lasts === undefined ? '' : ` of ${lasts}`;
  const figures = figuresNow(seen, now);
  return [
    `  ${styleText('bold', phase.padEnd(9))}${bar} ${since.toFixed(0)}${of} s`,
    `  ${shopLine(figures)}`,
    `  ${behindLine(figures)}`,
  ];
}

/** The same in one line, for a file. */
export function plainLine(seen: Seen, now: number): string {
  const figures = figuresNow(seen, now);
  return `${time(now)}  ${seen.phase.padEnd(9)} ${shopLine(figures)} · ${behindLine(figures)}`;
}

/** One line for what has happened. */
export const markLine = ({ at, what, text }: Mark): string => `${time(at)}  ${MARKS[what]} ${text}`;

function shopLine({ visitsPerSecond, ordersPerSecond, p95, errors }: Now): string {
  const failed = errors.map(({ visit, percent }) => `${visit} ${percent.toFixed(0)} %`);
  return [
    `${visitsPerSecond.toFixed(1)} visits/s`,
    `${ordersPerSecond.toFixed(1)} orders/s`,
    `p95 ${p95 === undefined ? '–' : `${p95.toFixed(0)} ms`}`,
    failed.length === 0 ? 'no errors' : `errors: ${failed.join(', ')}`,
  ].join(' · ');
}

function behindLine({ openOrders, outboxSeconds, lag, breakers, notReady }: Now): string {
  return [
    `${openOrders ?? '–'} orders under way`,
    `outbox ${outboxSeconds === undefined ? '–' : `${outboxSeconds.toFixed(1)} s`}`,
    `lag ${lag ?? '–'}`,
    breakers.length === 0 ? 'breakers closed' : `breakers: ${breakers.join(', ')}`,
    ...(notReady.length === 0 ? [] : [`not ready: ${notReady.join(', ')}`]),
  ].join(' · ');
}

const time = (ms: number): string => `${(ms / 1_000).toFixed(1).padStart(7)} s`;

function progress(share: number): string {
  const done = Math.round(Math.min(1, Math.max(0, share)) * WIDTH);
  return `${'█'.repeat(done)}${'░'.repeat(WIDTH - done)}`;
}

/** In seconds; undefined of a phase that lasts as long as it takes. */
function lengthOf({ baseline, hold, afterwards }: Plan, phase: PhaseName): number | undefined {
  const lengths: Partial<Record<PhaseName, number>> = { baseline, hold, quiesce: afterwards };
  const length = lengths[phase];
  return length === undefined ? undefined : length / 1_000;
}
