import { describe, expect, it } from '@jest/globals';
import { readByAll } from './read-by-all.js';

const at = (ms: number): Date => new Date(ms);
const NOW = 100_000;
const fresh = (asOf: number | null) => ({ asOf: asOf === null ? null : at(asOf), at: at(NOW - 1_000) });

describe('MV-5: how fresh several replicas are together', () => {
  const together = (own: number | undefined, readers = {}) =>
    readByAll({ own: own === undefined ? undefined : at(own), replica: 'me', readers, now: NOW });

  it('is what the slowest has read', () => {
    expect(together(90_000).asOf).toEqual(at(90_000));
    expect(together(90_000, { other: fresh(80_000), third: fresh(95_000) }).asOf).toEqual(at(80_000));
  });

  it('is unknown while one cannot say', () => {
    expect(together(90_000, { other: fresh(null) }).asOf).toBeUndefined();
    expect(together(undefined, { other: fresh(80_000) }).asOf).toBeUndefined();
  });

  it('goes by what this one knows of itself now, not by what it told', () => {
    expect(together(90_000, { me: fresh(10_000) }).asOf).toEqual(at(90_000));
  });

  it('waits for a silent one until its partitions are with others, and then forgets it', () => {
    const silent = (ms: number) => ({ other: { asOf: at(80_000), at: at(NOW - ms) } });
    expect(together(90_000, silent(29_000))).toEqual({ asOf: at(80_000), gone: [] });
    expect(together(90_000, silent(30_000))).toEqual({ asOf: at(90_000), gone: ['other'] });
  });
});
