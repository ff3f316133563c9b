import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { souk } from '../crash/support/souk.ts';
import { SEEDED_BUGS } from './bugs.ts';
import { chosen } from './choice.ts';
import { Lab } from './lab.ts';
import { render, type Row } from './report.ts';
import { control, type Finding, type Provocation, trial } from './trial.ts';

const TRIAL_MS = 180_000;
const CAUGHT_WITHIN_MS = 60_000;

const bugs = chosen(SEEDED_BUGS);
const rows: Row[] = [];
let lab: Lab;

beforeAll(async () => {
  await souk('down', '--purge');
  lab = await Lab.open();
}, 300_000);

afterAll(async () => {
  if (rows.length > 0) {
    process.stdout.write(`${render(rows).join('\n')}\n`);
    if (lab) writeFileSync(join(lab.instance.home, 'seeded-bugs.json'), `${JSON.stringify(rows, null, 2)}\n`);
  }
  await lab?.close();
  await souk('down', '--purge');
}, 120_000);

/** Jest tells of a file when it is over, which here is after minutes. */
const progress = (line: string): boolean => process.stdout.write(`  ${line}\n`);
const ids = ({ violations }: Finding): string[] => violations.map(({ id }) => id);
const byProvocation = [...Map.groupBy(bugs, ({ provocation }) => provocation)];

describe.each(byProvocation.map(([provocation, seeded]) => ({ ...provocation, provocation, seeded })))(
  '$name',
  ({ provocation, seeded }: { provocation: Provocation; seeded: typeof bugs }) => {
    let sound: Finding | undefined;

    it(
      'leaves a sound shop sound',
      async () => {
        const found = await control(lab, provocation);
        progress(`${provocation.name}: well again after ${found.settledMs} ms`);
        expect(found.violations).toEqual([]);
        sound = found;
      },
      TRIAL_MS,
    );

    it.each(seeded)(
      'shows $variant',
      async (bug) => {
        // Without a sound control a catch would prove nothing.
        if (sound === undefined) throw new Error('the control run was not sound');
        const found = await trial(lab, bug, sound);
        const caught = ids(found).filter((id) => bug.caughtBy.includes(id));
        rows.push({ bug, found, caught, sound });
        progress(`${bug.variant}: ${caught.join(' ') || `MISSED, found ${ids(found).join(' ') || 'nothing'}`}`);
        expect(caught).not.toEqual([]);
        expect(found.afterMs).toBeLessThanOrEqual(CAUGHT_WITHIN_MS);
      },
      TRIAL_MS,
    );
  },
);
