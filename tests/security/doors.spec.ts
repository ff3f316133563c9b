import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { VARIANTS } from '@souk/config';
import { chosen } from './choice.ts';
import { CHECKS, WEAK_DOORS } from './doors.ts';
import { documented, render } from './support/report.ts';

describe('the weakened doors', () => {
  it('are at least fifteen, each once, each caught by something', () => {
    expect(WEAK_DOORS.length).toBeGreaterThanOrEqual(15);
    expect(new Set(WEAK_DOORS.map(({ variant }) => variant)).size).toBe(WEAK_DOORS.length);
    expect(WEAK_DOORS.filter(({ caughtBy }) => caughtBy.length === 0)).toEqual([]);
  });

  it('each belong to a process that has the variant', () => {
    for (const { variant, service } of WEAK_DOORS) {
      const whose = /\(([^()]*)\)$/.exec(VARIANTS[variant])?.[1]?.split(', ') ?? [];
      expect({ variant, isThere: whose.includes(service) || whose.includes('every service') }).toEqual({
        variant,
        isThere: true,
      });
    }
  });

  it('stand in the documentation as they are', () => {
    const text = readFileSync(join(import.meta.dirname, '../../docs/security.md'), 'utf8');
    const rows = text.split('\n').flatMap((line) => (line.startsWith('| `') ? [line.replaceAll(/ +/g, ' ')] : []));
    expect(rows).toEqual(documented(WEAK_DOORS).slice(2));
  });

  it('are found by checks that name their class and the check of a pattern, no two alike', () => {
    const names = CHECKS.map(({ name }) => name);
    expect(names.filter((name) => !/^.+ \([A-Z]{2,3}-\d+(, [A-Z]{2,3}-\d+)*\)$/.test(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('the choice of a run', () => {
  const short = (day: number, seed?: string) =>
    chosen(WEAK_DOORS, { SOUK_TEST_FORM: 'short', ...(seed && { SOUK_SEED: seed }) }, day * 86_400_000).map(
      ({ variant }) => variant,
    );
  const all = WEAK_DOORS.map(({ variant }) => variant);

  it('is all of them in the full form', () => expect(chosen(WEAK_DOORS, {})).toEqual(WEAK_DOORS));

  it('is a quarter of them in the short form: four days, or four seeds, have them all', () => {
    expect([1, 2, 3, 4].flatMap((day) => short(day)).sort()).toEqual([...all].sort());
    expect(short(1, '2')).toEqual(short(2));
    expect(short(1).length).toBeLessThan(all.length);
  });

  it('can be named', () => {
    const named = chosen(WEAK_DOORS, { SOUK_DOORS: 'owner-unchecked' }).map(({ variant }) => variant);
    expect(named).toEqual(['owner-unchecked']);
    expect(() => chosen(WEAK_DOORS, { SOUK_DOORS: 'owner-uncheked' })).toThrow('no weakened door owner-uncheked');
  });
});

it('the table says what caught a door, and when nothing did', () => {
  const [door] = WEAK_DOORS;
  const check = door?.caughtBy[0];
  if (door === undefined || check === undefined) throw new Error('there are no weakened doors');
  const lines = render([
    { door, check, found: ['audience "x": got through'] },
    { door, check, found: [] },
  ]);
  expect(lines[1]).toMatch(/audience-unchecked .* caught .* audience "x": got through$/);
  expect(lines[2]).toMatch(/audience-unchecked .* MISSED$/);
});
