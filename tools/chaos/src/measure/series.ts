import type { Sample, Window } from '../run/observations.ts';

/** A sample stands for the time since the one before it; what is older than this says nothing about a window. */
const STALE_MS = 2_500;

export interface Point {
  readonly at: number;
  readonly value: number;
}

/** What was sampled of a series within a window; nothing for the seconds in which nobody answered. */
export const pointsOf = (samples: readonly Sample[], series: string, { from, to }: Window): Point[] =>
  samples.flatMap(({ at, series: values }) => {
    const value = values[series];
    return value === undefined || at < from || at >= to ? [] : [{ at, value }];
  });

/** The series that is 1 where a process has told its metrics. */
export const told = (process: string): string => `told.${process}`;

/**
 * A process tells nothing of labels for which it has not counted yet: where it has told the rest, that was 0. Of what it has told at
 * no time of the run nothing was seen.
 */
export function withZeros(samples: readonly Sample[], series: string, process: string): readonly Sample[] {
  if (!samples.some(({ series: values }) => values[series] !== undefined)) return samples;
  return samples.map(({ at, series: values }) =>
    values[series] === undefined && values[told(process)] !== undefined
      ? { at, series: { ...values, [series]: 0 } }
      : { at, series: values },
  );
}

/** As `pointsOf`, with the last sample before the window, against which a counter is read. */
const pointsFromBefore = (samples: readonly Sample[], series: string, { from, to }: Window): Point[] => {
  const before = pointsOf(samples, series, { from: from - STALE_MS, to: from }).slice(-1);
  return [...before, ...pointsOf(samples, series, { from, to })];
};

/** How much a counter grew within a window. Of a process that began anew it counts from nothing. Undefined without two samples. */
export function increase(samples: readonly Sample[], series: string, window: Window): number | undefined {
  const points = pointsFromBefore(samples, series, window);
  if (points.length < 2) return undefined;
  return points.slice(1).reduce((sum, { value }, index) => {
    const last = points[index]?.value ?? 0;
    return sum + (value >= last ? value - last : value);
  }, 0);
}

export const TAKES = ['max', 'min', 'last', 'mean', 'change', 'increase'] as const;
export type Take = (typeof TAKES)[number];

/** One number of a series over a window; undefined where it was never sampled. */
export function taken(samples: readonly Sample[], series: string, window: Window, take: Take): number | undefined {
  if (take === 'increase') return increase(samples, series, window);
  if (take === 'change') {
    const points = pointsFromBefore(samples, series, window);
    const [first, last] = [points[0], points.at(-1)];
    return first === undefined || last === undefined || points.length < 2 ? undefined : last.value - first.value;
  }
  const values = pointsOf(samples, series, window).map(({ value }) => value);
  if (values.length === 0) return undefined;
  switch (take) {
    case 'max':
      return Math.max(...values);
    case 'min':
      return Math.min(...values);
    case 'last':
      return values.at(-1);
    case 'mean':
      return values.reduce((sum, value) => sum + value, 0) / values.length;
  }
}
