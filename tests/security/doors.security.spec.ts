import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chosen } from './choice.ts';
import { checksOf, WEAK_DOORS } from './doors.ts';
import type { Check, WeakDoor } from './support/check.ts';
import { type Arrangement, type Door, openDoor } from './support/door.ts';
import { documented, render, type Verdict } from './support/report.ts';
import { reportFile } from './support/shop.ts';

const TRIAL_MS = 300_000;
const ARRANGEMENTS: readonly Arrangement[] = ['echo', 'shop'];

const doors = chosen(WEAK_DOORS);
const verdicts: Verdict[] = [];
const sound = new Set<Check>();

afterAll(() => {
  if (verdicts.length === 0) return;
  process.stdout.write(`${render(verdicts).join('\n')}\n`);
  const rows = verdicts.map(({ door, check, found }) => ({ door: door.variant, check: check.name, found }));
  writeFileSync(reportFile('security.json'), `${JSON.stringify(rows, null, 2)}\n`);
  writeFileSync(reportFile('security.md'), `${documented(WEAK_DOORS).join('\n')}\n`);
});

const controls = ARRANGEMENTS.map((behind) => ({
  behind,
  checks: checksOf(doors).filter((check) => check.behind === behind),
}));

describe.each(controls.filter(({ checks }) => checks.length > 0))('a sound door, $behind behind it', (control) => {
  let door: Door;
  beforeAll(async () => {
    door = await openDoor(control.behind);
  }, TRIAL_MS);
  afterAll(() => door?.close());

  it.each([...control.checks])(
    'holds: $name',
    async (check: Check) => {
      door.echo.forget();
      expect(await check.look(door)).toEqual([]);
      sound.add(check);
    },
    TRIAL_MS,
  );
});

const trials = doors
  .flatMap((weak) =>
    ARRANGEMENTS.flatMap((behind) => {
      const checks = weak.caughtBy.filter((check) => check.behind === behind);
      return checks.length === 0 ? [] : [{ variant: weak.variant, weak, behind, checks }];
    }),
  )
  .map((trial, index) => ({ ...trial, index }));

describe('a weakened door is caught', () => {
  const opened = new Map<number, Promise<Door>>();
  const open = (index: number): Promise<Door> | undefined => {
    const trial = trials[index];
    if (trial === undefined) return undefined;
    const door = opened.get(index) ?? openDoor(trial.behind, trial.weak);
    opened.set(index, door);
    // Another try opens another one.
    door.catch(() => opened.delete(index));
    return door;
  };
  afterAll(async () => {
    for (const door of opened.values()) await (await door).close();
  }, TRIAL_MS);

  it.each(trials)(
    '$variant, $behind behind it',
    async ({ weak, checks, index }) => {
      // Without a sound control a catch would prove nothing.
      expect(checks.filter((check) => !sound.has(check)).map(({ name }) => name)).toEqual([]);
      const door = await open(index);
      if (door === undefined) throw new Error('there is no such door');
      // It takes longer to open one than to look at it.
      open(index + 1)?.catch(() => undefined);
      const missed = await missedBy(checks, weak, door);
      opened.delete(index);
      await door.close();
      expect(missed).toEqual([]);
    },
    TRIAL_MS,
  );
});

/** The checks that see nothing wrong with the door. */
async function missedBy(checks: readonly Check[], weak: WeakDoor, door: Door): Promise<string[]> {
  const missed: string[] = [];
  for (const check of checks) {
    door.echo.forget();
    const found = await check.look(door);
    verdicts.push({ door: weak, check, found });
    process.stdout.write(`  ${weak.variant}: ${found.length > 0 ? 'caught' : 'MISSED'} by ${check.name}\n`);
    if (found.length === 0) missed.push(check.name);
  }
  return missed;
}
