import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { purge } from '../crash/support/souk.ts';
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
  await purge();
  process.env['SOUK_FAILPOINTS'] = 'on';
  lab = await Lab.open();
}, 300_000);

afterAll(async () => {
  if (rows.length > 0) {
    process.stdout.write(`${render(rows).join('\n')}\n`);
    if (lab) writeFileSync(join(lab.instance.home, 'seeded-bugs.json'), `${JSON.stringify(rows, null, 2)}\n`);
  }
  await lab?.close();
  await purge();
}, 120_000);

/** Jest tells of a file when it is over, which here is after minutes. */
const progress = (line: string): boolean => process.stdout.write(`  ${line}\n`);
const ids = ({ violations }: Finding): string[] => violations.map(({ id }) => id);
const provocations = [...new Set(bugs.map(({ provocation }) => provocation))];
/** By provocation: what the sound shop made of it. Without that a catch would prove nothing. */
const sound = new Map<Provocation, Finding>();

// All of these first: a shop whose services have not been changed yet need not be started anew for any of them.
describe('the shop without a bug', () => {
  it.each(provocations)(
    'stays sound where $name',
    async (provocation) => {
      const found = await control(lab, provocation);
      progress(`${provocation.name}: well again after ${found.settledMs} ms`);
      expect(found.violations).toEqual([]);
      sound.set(provocation, found);
    },
    TRIAL_MS,
  );
});

describe('the shop with a bug', () => {
  it.each(bugs)(
    'shows $variant',
    async (bug) => {
      const without = sound.get(bug.provocation);
      if (without === undefined) throw new Error('the control run was not sound');
      const found = await trial(lab, bug, without);
      const caught = ids(found).filter((id) => bug.caughtBy.includes(id));
      rows.push({ bug, found, caught, sound: without });
      progress(`${bug.variant}: ${caught.join(' ') || `MISSED, found ${ids(found).join(' ') || 'nothing'}`}`);
      expect(caught).not.toEqual([]);
      expect(found.afterMs).toBeLessThanOrEqual(CAUGHT_WITHIN_MS);
    },
    TRIAL_MS,
  );
});
