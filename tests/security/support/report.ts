import { VARIANTS } from '@souk/config';
import type { Check, WeakDoor } from './check.ts';

/** What one check said about one weakened door. */
export interface Verdict {
  readonly door: WeakDoor;
  readonly check: Check;
  readonly found: readonly string[];
}

const weakened = ({ variant }: WeakDoor): string => VARIANTS[variant].replace(/ \([^()]*\)$/, '');
const where = ({ service, caughtBy }: WeakDoor): string =>
  service === 'gateway' && caughtBy.some(({ behind }) => behind === 'echo') ? 'gateway, before an echo' : service;

/** `door | weakened | caught by | verdict`, in columns, and an example of what got through. */
export function render(verdicts: readonly Verdict[]): string[] {
  const cells = verdicts.map(({ door, check, found }) => [
    door.variant,
    weakened(door).slice(0, 90),
    check.name,
    found.length > 0 ? 'caught' : 'MISSED',
    (found[0] ?? '').slice(0, 80),
  ]);
  const head = ['door', 'weakened', 'caught by', 'verdict', 'for example'];
  const widths = head.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)));
  return [head, ...cells].map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd(),
  );
}

/** The table of docs/security.md, one line a row. */
export function documented(doors: readonly WeakDoor[]): string[] {
  const rows = doors.map((door) => {
    const names = door.caughtBy.map(({ name }) => name).join(', ');
    return `| \`${door.variant}\` | ${where(door)} | ${weakened(door)} | ${names} |`;
  });
  return ['| door | of | weakened | caught by |', '| --- | --- | --- | --- |', ...rows];
}
