import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  CATALOGUE,
  foundIn,
  headedSources,
  headersIn,
  idsIn,
  namesPattern,
  OURS,
  patternPages,
  provenPatterns,
  slugOf,
} from './patterns.ts';
import { ROOT } from './sources.ts';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const all = [...CATALOGUE, ...OURS];
const pages = patternPages();
const readme = read('docs/patterns/README.md');
const found = foundIn(readme);
const ids = idsIn(readme);
const proven = provenPatterns();

describe('docs/patterns', () => {
  it('has a page for each of the 32, by its name, and for no other but ours', () => {
    expect(new Set(CATALOGUE).size).toBe(32);
    expect(pages.map(({ slug }) => slug).sort()).toEqual(all.map(slugOf).sort());
    expect(pages.filter(({ slug, title }) => slugOf(title) !== slug)).toEqual([]);
  });

  it('says where each is that is built, in the two tables of its index, and names the others', () => {
    const built = pages.filter(({ isBuilt }) => isBuilt).map(({ slug }) => slug);
    expect(built.length).toBeGreaterThanOrEqual(23);
    expect(found.map(({ slug }) => slug).sort()).toEqual(built.sort());
    expect([...ids.keys()].sort()).toEqual(built);
    const later = pages.filter(({ isBuilt, slug }) => !isBuilt && !readme.includes(`](${slug}.md)`));
    expect(later).toEqual([]);
  });

  it.each(pages)('$slug says what it is good for, and when not to use it', ({ text, isBuilt }) => {
    const headings = [...text.matchAll(/^## (.*)$/gm)].map((match) => match[1]);
    const some = isBuilt
      ? [/^(Problem|Where it is)$/, /^(Run it|See it)$/, /^When not to/]
      : [/^Problem$/, /^What Souk will do$/, /^What stands in for it today$/, /^When not to/];
    expect(some.filter((pattern) => !headings.some((heading) => pattern.test(heading ?? '')))).toEqual([]);
  });
});

describe.each(found)('$pattern', ({ pattern, slug, code, test, experiment, off }) => {
  it('is where the index says', () => {
    expect(headersIn(read(code)).filter((header) => namesPattern(header, pattern))).not.toEqual([]);
  });

  it('is proven by the test that the index names', () => {
    const id = ids.get(slug) ?? '–';
    const titles = id === '–' ? /\b(it|describe)\(/ : new RegExp(`['\`(]${id}-\\d|\\b${id}-\\d+[,:]? `);
    expect(read(test)).toMatch(titles);
  });

  it('has the experiment and the switch that config/patterns.yaml gives it', () => {
    const inConfig = proven.get(slug);
    if (inConfig === undefined) expect(experiment).toBeUndefined();
    else expect({ experiment, off }).toEqual(inConfig);
  });

  it('has a page that shows its experiment', () => {
    const page = read(`docs/patterns/${slug}.md`);
    expect(experiment === undefined || page.includes(`../../chaos/${experiment}/experiment.yaml`)).toBe(true);
    expect(experiment === undefined || existsSync(join(ROOT, 'chaos', experiment, 'experiment.yaml'))).toBe(true);
  });
});

describe('config/patterns.yaml', () => {
  it('proves patterns that are built, and nothing else', () => {
    expect(proven.size).toBeGreaterThanOrEqual(20);
    expect([...proven.keys()].filter((slug) => !found.some((one) => one.slug === slug))).toEqual([]);
  });
});

describe('the code', () => {
  const sources = headedSources();
  it('says of no pattern that has no page', () => {
    const unknown = sources.flatMap(({ path, text }) =>
      headersIn(text)
        .filter((header) => !all.some((pattern) => namesPattern(header, pattern)))
        .map((header) => `${path}: ${header}`),
    );
    expect(sources.length).toBeGreaterThan(40);
    expect(unknown).toEqual([]);
  });

  it('says of no pattern that is not built', () => {
    const built = pages.filter(({ isBuilt }) => isBuilt).map(({ title }) => title);
    const early = sources.flatMap(({ path, text }) =>
      headersIn(text)
        .filter((header) => !built.some((pattern) => namesPattern(header, pattern)))
        .map((header) => `${path}: ${header}`),
    );
    expect(early).toEqual([]);
  });
});

describe('the reader of the index', () => {
  const row = (experiment: string) =>
    `| [Retry](retry.md) | [a.ts](../../libs/a.ts) | [b.ts](../../libs/b.ts) | ${experiment} | \`x\` on y |`;
  it('takes a row apart', () => {
    expect(foundIn(row('[z](../../chaos/z/experiment.yaml)'))).toEqual([
      { pattern: 'Retry', slug: 'retry', code: 'libs/a.ts', test: 'libs/b.ts', experiment: 'z', off: 'x on y' },
    ]);
    expect(foundIn(row('not yet'))[0]?.experiment).toBeUndefined();
  });
  it('finds names of patterns in comments', () => {
    expect(headersIn('// Pattern: Leader Election (fencing)\n/** Pattern: Retry. The fault')).toEqual([
      'Leader Election',
      'Retry',
    ]);
    expect(headersIn('Pattern: Compensating Transaction; Pattern: Queue-Based Load Leveling')).toHaveLength(2);
  });
});
