import type { ExpectationResult } from './verdict.ts';

/** A figure for people: `99.4 %`, `120 ms`, `7`; `no data` where nothing was seen. */
export function figureText(figure: number | undefined, unit: string): string {
  if (figure === undefined) return 'no data';
  const rounded = Math.abs(figure) >= 100 ? Math.round(figure) : Math.round(figure * 100) / 100;
  return unit === '' ? String(rounded) : `${rounded} ${unit}`;
}

/** What a figure was to keep to: `≥ 99 %`, `≤ 0.5`. */
export function boundText({ bound: { atLeast, atMost }, unit }: Pick<ExpectationResult, 'bound' | 'unit'>): string {
  const least = atLeast === undefined ? [] : [`≥ ${figureText(atLeast, unit)}`];
  const most = atMost === undefined ? [] : [`≤ ${figureText(atMost, unit)}`];
  return [...least, ...most].join(', ');
}
