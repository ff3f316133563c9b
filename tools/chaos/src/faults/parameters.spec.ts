import { describe, expect, it } from '@jest/globals';
import { randomOf } from '../history/random.ts';
import { drawn, processNames, saysNames, saysTime } from './parameters.ts';

describe('names of processes', () => {
  it('are read from one or from several, each once', () => {
    expect(processNames.parse('order')).toEqual(['order']);
    expect(processNames.parse(['order', 'inventory', 'order'])).toEqual(['order', 'inventory']);
  });

  it.each(['', 'Order', '../x', 'a b', []])('cannot be %j', (names) => {
    expect(processNames.safeParse(names).success).toBe(false);
  });

  it.each([
    [['order'], undefined, 'order'],
    [['a', 'b'], undefined, 'a and b'],
    [['a', 'b', 'c'], undefined, 'a, b and c'],
    [['a', 'b', 'c'], 1, 'one of a, b, c'],
    [['a', 'b', 'c'], 2, '2 of a, b, c'],
    [['a', 'b'], 2, 'a and b'],
  ])('%j, %s of them: %s', (names, choose, said) => {
    expect(saysNames(names, choose)).toBe(said);
  });
});

it.each([
  [500, '500 ms'],
  [1_000, '1 s'],
  [1_500, '1.5 s'],
])('%d ms is said as %s', (ms, said) => {
  expect(saysTime(ms)).toBe(said);
});

describe('what is drawn', () => {
  const names = ['a', 'b', 'c', 'd', 'e'];

  it('is the same for the same seed, and not always the first', () => {
    const of = (seed: number) => drawn(names, 2, randomOf(seed)).join('');
    expect(of(7)).toBe(of(7));
    expect(new Set(Array.from({ length: 30 }, (_, seed) => of(seed))).size).toBeGreaterThan(8);
  });

  it('is never the same thing twice, and never more than there is', () => {
    for (let seed = 0; seed < 20; seed++) {
      expect(drawn(names, 9, randomOf(seed)).toSorted()).toEqual(names);
      expect(new Set(drawn(names, 3, randomOf(seed))).size).toBe(3);
    }
  });
});
