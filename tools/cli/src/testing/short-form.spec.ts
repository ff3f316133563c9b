import { describe, expect, it } from '@jest/globals';
import { drawn } from './short-form.ts';

const all = ['a', 'b', 'c'];
const short = (env: Record<string, string>, now = 0) => drawn(all, { SOUK_TEST_FORM: 'short', ...env }, now);

describe('what a run of the tier takes', () => {
  it('is everything in the full form', () => expect(drawn(all, {})).toEqual(all));

  it('is one in the short form, another one by the seed, and all of them in a row', () => {
    expect([0, 1, 2, 3].flatMap((seed) => short({ SOUK_SEED: String(seed) }))).toEqual(['a', 'b', 'c', 'a']);
  });

  it('is another one each day without a seed', () => {
    expect([0, 1].flatMap((day) => short({}, day * 86_400_000))).toEqual(['a', 'b']);
  });
});
