import { describe, expect, it } from '@jest/globals';
import { searchWords, sortKey } from './search-words.js';

describe('search words', () => {
  it('are lower case, without accents and punctuation, each once', () => {
    expect(searchWords('Café-Set "Noir"', 'a café set')).toEqual(['cafe', 'set', 'noir', 'a']);
  });

  it('keep letters of any script, and digits', () => {
    expect(searchWords('Straße 12, Ωmega 你好')).toEqual(['straße', '12', 'ωmega', '你好']);
  });

  it('contain nothing that a pattern could read as an operator', () => {
    expect(searchWords('.*+?^${}()|[]\\', '$where: 1')).toEqual(['where', '1']);
  });

  it('of a text without words are none', () => {
    expect(searchWords('', ' -- ')).toEqual([]);
  });
});

describe('the sort key', () => {
  it('puts upper and lower case, and accented letters, together', () => {
    expect(['Zester', 'apron', 'Étagère', 'bowl'].toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1))).toEqual([
      'apron',
      'bowl',
      'Étagère',
      'Zester',
    ]);
  });
});
