import type { Answer, Observations, Sample, Visit, Window } from '../run/observations.ts';
import type { Frame } from './frame.ts';

/** What a line is drawn through; undefined where nothing was seen: the line has a gap there. */
export interface Point {
  readonly at: number;
  readonly value: number | undefined;
}

export type Series = readonly Point[];

const EVERY_MS = 1_000;
/** A second of a small load has few requests: each point looks back over so many. */
export const OVER_SECONDS = 3;

/** For each second of the frame what `value` makes of those that were in the three seconds before. */
function lookingBack<T extends { readonly at: number }>(
  those: readonly T[],
  { from, to }: Window,
  value: (some: readonly T[], seconds: number) => number | undefined,
): Series {
  const bySecond = Map.groupBy(those, ({ at }) => Math.floor((at - from) / EVERY_MS));
  return Array.from({ length: Math.floor((to - from) / EVERY_MS) }, (_, second) => {
    const seconds = Array.from({ length: OVER_SECONDS }, (_none, ago) => second - ago).filter((one) => one >= 0);
    const some = seconds.flatMap((one) => bySecond.get(one) ?? []);
    return { at: from + (second + 1) * EVERY_MS, value: value(some, seconds.length) };
  });
}

/** How many a second. */
export function rate(times: readonly number[], frame: Frame): Series {
  const those = times.map((at) => ({ at }));
  return lookingBack(those, frame, (some, seconds) => some.length / seconds);
}

/** A figure of the answers, each counted when its request was sent. */
export function ofAnswers(
  answers: readonly Answer[],
  frame: Frame,
  value: (some: readonly Answer[]) => number | undefined,
): Series {
  return lookingBack(answers, frame, (some) => (some.length === 0 ? undefined : value(some)));
}

export function ofSamples(samples: readonly Sample[], name: string, { from, to }: Window): Series {
  return samples
    .filter(({ at }) => at >= from && at <= to)
    .map(({ at, series }) => ({ at, value: series[name] }))
    .filter((point, index, all) => point.value !== undefined || all[index - 1]?.value !== undefined);
}

/** Names of the series that begin so, without repetition. */
export function namesOf(samples: readonly Sample[], prefix: string): readonly string[] {
  const names = new Set(samples.flatMap(({ series }) => Object.keys(series)));
  return [...names].filter((name) => name.startsWith(prefix)).toSorted();
}

export function visitsOf({ answers }: Observations): readonly Visit[] {
  const order: readonly Visit[] = ['browse', 'page', 'read', 'cart', 'order', 'cancel', 'return'];
  return order.filter((visit) => answers.some((answer) => answer.visit === visit));
}

const ALWAYS: Window = { from: -Infinity, to: Infinity };

export function mean(series: Series, window: Window): number | undefined {
  const values = valuesIn(series, window);
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function most(series: Series, window = ALWAYS): number | undefined {
  return valuesIn(series, window).reduce<number | undefined>((top, value) => Math.max(top ?? value, value), undefined);
}

/** A point closes the second before it. */
function valuesIn(series: Series, { from, to }: Window): readonly number[] {
  return series.flatMap(({ at, value }) => (value !== undefined && at > from && at <= to ? [value] : []));
}
