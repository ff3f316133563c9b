import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ResultsFile } from './csv.ts';
import { seen } from './observations.mother.ts';
import type { Verdict } from './verdict.ts';

const run = (part: Partial<Verdict> = {}) => ({
  verdict: {
    startedAt: '2026-11-21T18:20:05.123Z',
    commit: 'abc',
    experiment: 'kafka-down',
    on: 'host',
    seed: 1,
    verdict: 'pass',
    tookMs: 61_700,
    recoverySeconds: { 'order, first': 1.2 },
    sentence: 'Orders waited, "all" of them.\nNone was lost.',
    ...part,
  } as Verdict,
  observations: seen({ orders: [{ placedAt: 1, confirmedAt: 2 }, { placedAt: 2 }] }),
});
const file = () => join(mkdtempSync(join(tmpdir(), 'souk-csv-')), 'runs.csv');

describe('the list of runs', () => {
  it('has a line a run below its names', () => {
    const path = file();
    const results = new ResultsFile(path);
    results.add(run());
    results.add(run({ seed: 2, verdict: 'fail' }));
    expect(readFileSync(path, 'utf8').split('\n')).toEqual([
      'date,commit,experiment,on,seed,verdict,took_s,orders,confirmed,recovery_s,what_happened',
      '2026-11-21T18:20,abc,kafka-down,host,1,pass,62,2,1,"order, first 1.2","Orders waited, ""all"" of them. None was lost."',
      expect.stringContaining(',2,fail,'),
      '',
    ]);
  });

  it('knows what is there already, also of an earlier time', () => {
    const path = file();
    new ResultsFile(path).add(run());
    const later = new ResultsFile(path);
    const { verdict } = run();
    expect(later.verdictOn(verdict)).toBe('pass');
    for (const other of [{ commit: 'abd' }, { seed: 2 }, { experiment: 'mongo-away' }, { on: 'k8s' as const }])
      expect(later.verdictOn({ ...verdict, ...other })).toBeUndefined();
    later.add(run({ seed: 2, verdict: 'fail' }));
    expect(readFileSync(path, 'utf8').match(/^date/gm)).toHaveLength(1);
    for (const results of [later, new ResultsFile(path)])
      expect(results.verdictOn({ ...verdict, seed: 2 })).toBe('fail');
  });

  it('has none of a commit with changes: others look the same', () => {
    const results = new ResultsFile(file());
    results.add(run({ commit: 'abc+' }));
    expect(results.verdictOn(run({ commit: 'abc+' }).verdict)).toBeUndefined();
  });

  it.each(['broken', 'aborted'] as const)('has none that was %s: it is run again', (verdict) => {
    const path = file();
    const results = new ResultsFile(path);
    results.add(run({ verdict }));
    expect(results.verdictOn(run().verdict)).toBeUndefined();
    expect(new ResultsFile(path).verdictOn(run().verdict)).toBeUndefined();
  });

  /** A file whose last line was cut off where `until` ends. */
  const cutAfter = (until: string): string => {
    const path = file();
    new ResultsFile(path).add(run());
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.slice(0, text.indexOf(until) + until.length));
    return path;
  };

  it.each([',host,', ',host,1', ',host,1,', ',host,1,pa'])(
    'does not know a run whose line was cut off after "%s", and notes it on a line of its own',
    (until) => {
      const path = cutAfter(until);
      const results = new ResultsFile(path);
      expect(results.verdictOn(run().verdict)).toBeUndefined();
      results.add(run());
      results.add(run({ seed: 2 }));
      expect(readFileSync(path, 'utf8').split('\n').slice(1)).toEqual([
        expect.stringMatching(new RegExp(`${until}$`)),
        expect.stringMatching(/^2026-11-21T18:20,abc,kafka-down,host,1,pass,62/),
        expect.stringContaining(',2,pass,'),
        '',
      ]);
      expect(new ResultsFile(path).verdictOn(run().verdict)).toBe('pass');
    },
  );

  it('writes its names anew where they were cut off', () => {
    const path = cutAfter('date,commit');
    new ResultsFile(path).add(run());
    expect(readFileSync(path, 'utf8')).toMatch(/^date,commit\ndate,commit,experiment,on,.*\n2026-/);
  });
});
