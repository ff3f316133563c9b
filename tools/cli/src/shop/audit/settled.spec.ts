import { describe, expect, it } from '@jest/globals';
import type { Comparison } from './checks.ts';
import { leftAtRest, leftAtWork, type Look, looksUntilSettled } from './settled.ts';

const on = (...differences: string[]): Comparison[] => [{ id: 'I5', what: 'stock', compared: '3 skus', differences }];
const of = (look: Look): string[] => look.flatMap(({ differences }) => differences);

describe('looks at the books', () => {
  /** The looks that are made of these, each of which may be followed by another. */
  const made = async (looks: Comparison[][], atMost = looks.length): Promise<string[][]> => {
    const left = looks.slice();
    let time = atMost;
    const seen = await looksUntilSettled(
      async () => left.shift() ?? [],
      async () => --time > 0,
    );
    return seen.map(of);
  };

  it('end with the first that finds nothing', async () => {
    expect(await made([on(), on('A')])).toEqual([[]]);
    expect(await made([on('A'), on('A'), on(), on('B')])).toEqual([['A'], ['A'], []]);
  });

  it('go on where one finds something else than the one before', async () =>
    expect(await made([on('A'), on('B'), on('B'), on()])).toEqual([['A'], ['B'], ['B'], []]));

  it('end when the time is over', async () =>
    expect(await made([on('A'), on('B'), on('C')], 2)).toEqual([['A'], ['B']]));
});

describe('what is left of a shop that nobody uses any more', () => {
  it.each<[string, Comparison[][], string[]]>([
    ['nothing, where the last look found nothing', [on('A'), on()], []],
    ['what the last two looks have seen, whatever came between', [on('B'), on('A'), on('A', 'B'), on('B', 'C')], ['B']],
    ['what only the last look saw, where there is nothing else', [on('A'), on('B')], ['B']],
    ['what the only look saw', [on('A')], ['A']],
  ])('is %s', (_, looks, left) => expect(of(leftAtRest(looks))).toEqual(left));
});

describe('what is left of a shop at work', () => {
  it.each<[string, Comparison[][], string[]]>([
    ['nothing of what goes and comes', [on('A'), on('A', 'B'), on('B', 'C'), on('C'), on('D')], []],
    ['what came later and stayed', [on('A'), on('A', 'B'), on('B', 'C'), on('B', 'D')], ['B']],
    ['nothing that was seen but once', [on('A'), on('B')], []],
    ['what the only look saw', [on('A')], ['A']],
  ])('is %s', (_, looks, left) => expect(of(leftAtWork(looks))).toEqual(left));
});
