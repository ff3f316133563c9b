import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { CASES, nameOf } from './cases.ts';
import { fullPlan, shortPlan } from './plan.ts';
import { Progress } from './progress.ts';

const all = CASES.map(nameOf).toSorted();

describe('the plan of crashes', () => {
  it('has every case once a seed, at most eight of a process in a part', () => {
    const parts = fullPlan(1);
    expect(parts.flatMap(({ cases }) => cases.map(nameOf)).toSorted()).toEqual(all);
    for (const { cases } of parts)
      for (const list of Map.groupBy(cases, ({ process }) => process).values())
        expect(list.length).toBeLessThanOrEqual(8);
  });

  it('goes by the seed alone', () => {
    expect(fullPlan(2)).toEqual(fullPlan(2));
    expect(fullPlan(2)).not.toEqual(fullPlan(3));
  });

  it('comes round in four short runs with seeds in a row', () => {
    const seen = [17, 18, 19, 20].flatMap((seed) => shortPlan(seed).cases.map(nameOf));
    expect(seen.toSorted()).toEqual(all);
  });
});

describe('the progress of a long run', () => {
  it('outlives the run, and counts only for the same plan and the same build', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'souk-progress-')), 'deep', 'progress.json');
    const [first, second] = fullPlan(1);
    if (first === undefined || second === undefined) throw new Error('a plan has parts');
    new Progress(file, 'build').done(first);
    const later = new Progress(file, 'build');
    expect([later.isDone(first), later.isDone(second)]).toEqual([true, false]);
    expect(later.isDone({ ...first, cases: first.cases.slice(1) })).toBe(false);
    expect(new Progress(file, 'changed').isDone(first)).toBe(false);
    later.forget();
    expect(new Progress(file, 'build').isDone(first)).toBe(false);
  });
});
