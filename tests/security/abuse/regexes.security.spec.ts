import { beforeAll, describe, expect, it } from '@jest/globals';
import { chooseSeed } from '../../../tools/chaos/src/history/random.ts';
import { IS_SHORT } from '../support/shop.ts';
import { type Analysis, analyse, fetchAnalyser } from './regexes/analysis.ts';
import { attackTexts, slowest, tryRegexes } from './regexes/backtracking.ts';
import { ourRegexes } from './regexes/our-regexes.ts';
import { summaryOf } from './report.ts';

const RUN_MS = 240_000;
/** The short form looks at an eighth of them; eight seeds in a row have all. */
const PART = IS_SHORT ? 8 : 1;
const seed = chooseSeed();
const TRAP = { where: 'a trap', source: '^(a|a)*b$', flags: '' };

describe(`regular expressions that never come back, seed ${seed}`, () => {
  const regexes = ourRegexes().filter((_, index) => (index + seed) % PART === 0);
  let trap: Analysis | undefined;
  let analyses: readonly Analysis[];
  beforeAll(async () => {
    const all = await analyse(await fetchAnalyser(), [TRAP, ...regexes]);
    [trap, ...analyses] = all;
  }, RUN_MS);

  it('are recognised', () => {
    expect(trap).toMatchObject({ status: 'vulnerable', complexity: 'exponential' });
    expect(slowest(/^(a|a)*b$/, ['a'.repeat(24)]).ms).toBeGreaterThan(50);
    expect(slowest(/^a*$/, attackTexts()).ms).toBeLessThan(50);
  });

  it(
    'are none of ours',
    () => {
      const report = tryRegexes(regexes, analyses);
      process.stdout.write(`  ${summaryOf(`${regexes.length} regular expressions`, report)}\n`);
      expect(report.findings).toEqual([]);
      expect(analyses).toHaveLength(regexes.length);
    },
    RUN_MS,
  );
});
