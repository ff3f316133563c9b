import type { SeriesRequest } from '../measure/measure.ts';
import type { Observations, Window } from './observations.ts';
import type { CheckedIn, ExpectationResult } from './verdict.ts';
import { windowOf } from './windows.ts';

/** An expectation whose measure was found and whose parameters were read. */
export interface Hypothesis {
  readonly phase: CheckedIn;
  readonly that: string;
  readonly measure: string;
  readonly unit: string;
  readonly bound: { readonly atLeast?: number; readonly atMost?: number };
  /** Milliseconds that are left out at the beginning of the phase. */
  readonly skip: number;
  readonly needs: readonly SeriesRequest[];
  readonly figure: (seen: Observations, window: Window) => number | undefined;
}

/** What became of it, by what was seen up to `now`. A figure that nobody has seen fails: silence never passes. */
export function judge(hypothesis: Hypothesis, seen: Observations, now?: number): ExpectationResult {
  const { phase, that, measure, unit, bound, skip } = hypothesis;
  const window = windowOf(seen, phase, now, skip);
  const figure = window === undefined ? undefined : hypothesis.figure(seen, window);
  const known = figure === undefined || Number.isNaN(figure) ? {} : { figure };
  return { phase, that, measure, unit, bound, ...known, ok: holds(known.figure, bound) };
}

function holds(figure: number | undefined, { atLeast, atMost }: Hypothesis['bound']): boolean {
  if (figure === undefined) return false;
  return (atLeast === undefined || figure >= atLeast) && (atMost === undefined || figure <= atMost);
}

/** An abort rule says what must stay so; one of which nothing was seen yet ends nothing. */
export function isBroken({ figure, ok }: ExpectationResult): boolean {
  return figure !== undefined && !ok;
}
