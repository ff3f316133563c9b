import type { Finding, SeededBug } from './trial.ts';

export interface Row {
  readonly bug: SeededBug;
  readonly found: Finding;
  /** The expected checks that found it. */
  readonly caught: readonly string[];
  readonly sound: Finding;
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

/** `variant | provocation | caught by | after`, in columns. */
export function render(rows: readonly Row[]): string[] {
  const cells = rows.map(({ bug, found, caught, sound }) => [
    bug.variant,
    bug.provocation.name,
    caught.length > 0 ? caught.join(' ') : 'MISSED',
    seconds(found.afterMs),
    seconds(sound.settledMs),
    found.violations.find(({ id }) => id === caught[0])?.differences[0]?.slice(0, 100) ?? '',
  ]);
  const head = ['variant', 'provocation', 'caught by', 'after', 'sound one well after', 'for example'];
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)));
  return [head, ...cells].map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`);
}
