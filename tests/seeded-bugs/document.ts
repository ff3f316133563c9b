import { VARIANTS } from '@souk/config';
import type { SeededBug } from './trial.ts';

/** The table of docs/seeded-bugs.md, one line a row. */
export function documented(bugs: readonly SeededBug[]): string[] {
  const rows = bugs.map(({ variant, provocation, caughtBy }) => {
    const what = VARIANTS[variant].replace(/ \(.*\)$/, '');
    return `| \`${variant}\` | ${what} | ${provocation.name} | ${caughtBy.join(', ')} |`;
  });
  return ['| variant | what is wrong with it | what brings it out | found by |', '| --- | --- | --- | --- |', ...rows];
}
