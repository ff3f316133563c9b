const MINUS = '−';
/** Keeps a unit on the line of its number. */
const NO_BREAK = '\u00a0';

/** Three digits that count, thousands apart: 0.42, 12.3, 1,234. */
export function number(value: number): string {
  const size = Math.abs(value);
  const digits = size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : 2;
  return value.toLocaleString('en-GB', { maximumFractionDigits: digits }).replace('-', MINUS);
}

/** A figure with its unit as people write it; a dash where nothing was seen. */
export function figure(value: number | undefined, unit: string): string {
  if (value === undefined) return '–';
  if (unit === 'ms' && Math.abs(value) >= 10_000) return figure(value / 1_000, 's');
  return number(value) + (unit === '' || unit === '/s' ? unit : NO_BREAK + unit);
}

/** A moment of a run by its distance from the fault: −8 s, +12.5 s. */
export function moment(ms: number): string {
  const seconds = Math.round(ms / 100) / 10;
  const sign = seconds < 0 ? MINUS : '+';
  return seconds === 0 ? figure(0, 's') : sign + figure(Math.abs(seconds), 's');
}

/** How long something took: 850 ms, 12.3 s, 2 min 5 s. */
export function duration(ms: number): string {
  if (ms < 1_000) return figure(Math.round(ms), 'ms');
  if (ms < 60_000) return figure(Math.round(ms / 100) / 10, 's');
  const seconds = Math.round(ms / 1_000);
  return `${figure(Math.floor(seconds / 60), 'min')} ${figure(seconds % 60, 's')}`;
}

/** 2026-11-21T18:05:09.123Z as 21 November 2026, 18:05 UTC; what is no time stays as it is. */
export function date(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  const day = at.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
  return `${day}, ${at.toISOString().slice(11, 16)} UTC`;
}

/** Text of others with its units kept on the lines of their numbers. */
export const kept = (text: string): string =>
  text.replace(/(\d) (?=(?:%|ms|s|min|MiB)(?![\p{L}\d]))/gu, `$1${NO_BREAK}`);
