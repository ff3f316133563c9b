import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { REPO_ROOT } from '../home.ts';
import { chooseTiers, countOf, jestArguments, renderCount, total, type Tier } from './tiers.ts';

const names = (asked: string[], ci = false) => chooseTiers(asked, ci).map(({ name }) => name);

describe('the tiers of a run', () => {
  it('are all but those that kill and flood by default', () =>
    expect(names([])).toEqual(['unit', 'contract', 'architecture', 'int', 'int-alone', 'e2e', 'browser']));
  it('include those in CI', () =>
    expect(names([], true)).toEqual(expect.arrayContaining(['crash', 'seeded-bugs', 'security', 'chaos', 'k8s'])));
  it('are only those named, crash too', () => expect(names(['crash', 'unit'], true)).toEqual(['unit', 'crash']));
  it('must exist', () => expect(() => names(['units'])).toThrow("there is no test tier 'units'"));
});

describe('the short form', () => {
  const tier: Tier = { name: 'x', summary: '', needsShop: false, shortInTurn: ['a.crash', 'b.crash'], jest: ['-x'] };
  const ignored = (short: boolean, seed: number) =>
    jestArguments(tier, { short, seed }).filter((one) => one.includes('crash'));

  it('runs one of the files that take turns, and every other file', () => {
    expect(jestArguments(tier, { short: true, seed: 4 })[0]).toBe('-x');
    expect(ignored(true, 4)).toEqual(['--testPathIgnorePatterns=b\\.crash']);
    expect(ignored(true, 5)).toEqual(['--testPathIgnorePatterns=a\\.crash']);
  });
  it('alone leaves out anything', () => expect(ignored(false, 4)).toEqual([]));
  it('has each of them in the tier crash', () => {
    const [crash] = chooseTiers(['crash'], false);
    for (const file of crash?.shortInTurn ?? [])
      expect(existsSync(join(REPO_ROOT, 'tests', 'crash', `${file}.spec.ts`))).toBe(true);
    expect(crash?.shortInTurn).toHaveLength(3);
  });
});

describe('the count of a tier', () => {
  const report = (passed: number, failed: number, broken: number) => ({
    numPassedTests: passed,
    numFailedTests: failed,
    numRuntimeErrorTestSuites: broken,
  });

  it('counts a suite that could not run as a failure', () => {
    expect(countOf(report(3, 1, 1))).toEqual({ passed: 3, failed: 2 });
  });

  it('is a failure when nothing ran or nothing was reported', () => {
    expect(countOf(report(0, 0, 0))).toEqual({ passed: 0, failed: 1 });
    expect(countOf(undefined)).toEqual({ passed: 0, failed: 1 });
  });

  it('adds up', () => {
    expect(renderCount(total([countOf(report(3, 0, 0)), countOf(report(4, 1, 0))]))).toBe('7 passed, 1 failed');
  });
});
