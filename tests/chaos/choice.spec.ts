import { describe, expect, it } from '@jest/globals';
import { experimentNames } from '../../tools/chaos/src/experiment/read.ts';
import { readPatterns } from '../../tools/chaos/src/prove/patterns.ts';
import { chosen, SMOKE_EXPERIMENTS, SMOKE_PROOFS } from './choice.ts';

const all = { experiments: ['a', 'b', ...SMOKE_EXPERIMENTS], proofs: ['p', ...SMOKE_PROOFS] };

describe('which experiments and proofs are run', () => {
  it('are all of them, in the full form', () => expect(chosen(all, {})).toEqual(all));

  it('are five and one, in the short form', () => {
    const { experiments, proofs } = chosen(all, { SOUK_TEST_FORM: 'short' });
    expect([experiments.length, proofs.length]).toEqual([5, 1]);
    expect(new Set(experiments)).toEqual(new Set(SMOKE_EXPERIMENTS));
  });

  it('are those that are named', () => {
    expect(chosen(all, { SOUK_CHAOS_ONLY: 'b,prove:p', SOUK_TEST_FORM: 'short' })).toEqual({
      experiments: ['b'],
      proofs: ['p'],
    });
  });

  it.each([
    ['c', 'there is no experiment c'],
    ['prove:q', 'there is no pattern q to prove'],
  ])('are never %s, which is not there', (name, message) => {
    expect(() => chosen(all, { SOUK_CHAOS_ONLY: name })).toThrow(message);
  });

  it('are there, those of the short form too', () => {
    expect(experimentNames()).toEqual(expect.arrayContaining([...SMOKE_EXPERIMENTS]));
    expect(readPatterns().map(({ name }) => name)).toEqual(expect.arrayContaining([...SMOKE_PROOFS]));
  });
});
