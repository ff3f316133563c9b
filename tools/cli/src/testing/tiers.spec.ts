import { describe, expect, it } from '@jest/globals';
import { chooseTiers, countOf, renderCount, total } from './tiers.ts';

const names = (asked: string[], ci = false) => chooseTiers(asked, ci).map(({ name }) => name);

describe('the tiers of a run', () => {
  it('are all but those that kill and flood by default', () =>
    expect(names([])).toEqual(['unit', 'contract', 'architecture', 'int', 'e2e', 'browser']));
  it('include those in CI', () =>
    expect(names([], true)).toEqual(expect.arrayContaining(['crash', 'seeded-bugs', 'security', 'k8s'])));
  it('are only those named, crash too', () => expect(names(['crash', 'unit'], true)).toEqual(['unit', 'crash']));
  it('must exist', () => expect(() => names(['units'])).toThrow("there is no test tier 'units'"));
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
