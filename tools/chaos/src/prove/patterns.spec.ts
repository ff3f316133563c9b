import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { VARIANTS } from '@souk/config';
import { REPO_ROOT } from '../../../cli/src/home.ts';
import { SERVICES } from '../../../cli/src/shop-processes.ts';
import { readExperiment } from '../experiment/read.ts';
import { experiment } from '../experiment/experiment.ts';
import { choosePatterns, readPatterns, requireDeciding } from './patterns.ts';
import { aPattern } from './proof.mother.ts';

const all = readPatterns();

describe.each(all)('config/patterns.yaml: $name', (pattern) => {
  it('names what there is: page, variants, processes', () => {
    expect(pattern.page).toBe(`docs/patterns/${pattern.name}.md`);
    expect(existsSync(join(REPO_ROOT, pattern.page))).toBe(true);
    expect(pattern.off.variants.filter((name) => !Object.hasOwn(VARIANTS, name))).toEqual([]);
    expect(pattern.off.on.filter((name) => !(SERVICES as readonly string[]).includes(name))).toEqual([]);
  });

  it('has an experiment about it, in which something can decide', async () => {
    const found = await readExperiment(pattern.experiment);
    expect(found.patterns).toContain(pattern.name);
    expect(() => requireDeciding(pattern, found)).not.toThrow();
  });
});

const anExperiment = (changes: object) =>
  experiment.parse({ title: 't', breaks: 'b', expects: 'e', inject: [{ fault: 'f' }], ...changes });

describe('what decides', () => {
  it('is an expectation of the time of the fault, or after it', () => {
    const file = anExperiment({ after: [{ that: 'few calls go out', measure: 'm', atMost: 1 }] });
    expect(() => requireDeciding(aPattern(), file)).not.toThrow();
  });

  it('is none of the time before it', () => {
    const file = anExperiment({ before: [{ that: 'few calls go out', measure: 'm', atMost: 1 }] });
    expect(() => requireDeciding(aPattern(), file)).toThrow('is not in its experiment');
  });

  it.each([
    ['I7', undefined, true],
    ['leader', undefined, true],
    ['I7', ['I7'], true],
    ['I11-sent', ['I11'], true],
    ['I7', ['I11'], false],
    ['I1', ['I11'], false],
    ['anything', undefined, false],
  ])('is %s where %p is checked: %p', (deciding, invariants, good) => {
    const file = anExperiment(invariants === undefined ? {} : { invariants });
    const look = () => requireDeciding(aPattern({ deciding }), file);
    if (good) expect(look).not.toThrow();
    else expect(look).toThrow('is not in its experiment');
  });
});

describe('choosing patterns', () => {
  const two = [aPattern(), aPattern({ name: 'retry' })];
  it('takes those that are named', () => {
    expect(choosePatterns(two, ['retry']).map(({ name }) => name)).toEqual(['retry']);
  });

  it.each([
    [['retri'], 'there is no pattern retri to prove'],
    [[], 'no pattern was named'],
  ])('refuses %p', (names, message) => {
    expect(() => choosePatterns(two, names)).toThrow(message);
  });
});

it.each([
  [
    'an unknown field',
    'x: { page: docs/patterns/x.md, experiment: x, off: { variants: [a], on: [b] }, deciding: I7, also: 1 }',
  ],
  [
    'nothing to switch off',
    'x: { page: docs/patterns/x.md, experiment: x, off: { variants: [], on: [b] }, deciding: I7 }',
  ],
])('a file with %s is refused', (_what, text) => {
  expect(() => readPatterns(text)).toThrow('config/patterns.yaml cannot be read');
});
