import { describe, expect, it } from '@jest/globals';
import { ephemeralStart, GOOD_BASES, largestBase, requireGoodBase } from './port-base.ts';

const USUAL = 32_768;

describe('a port base that somebody asks for', () => {
  it.each(GOOD_BASES)('may be %d', (base) => expect(() => requireGoodBase('blue', base, USUAL)).not.toThrow());

  it.each([
    [3000, 'test'],
    [4000, 'test'],
    [5000, 'test'],
  ])('may not be %d, whose ports the instance %s has', (base, other) => {
    expect(() => requireGoodBase('blue', base, USUAL)).toThrow(`meets the ports of the instance '${other}'`);
  });

  it('may not be 1000 or 2000, where a port is one that fetch blocks', () => {
    expect(() => requireGoodBase('blue', 1000, USUAL)).toThrow('port 10080');
    expect(() => requireGoodBase('blue', 2000, USUAL)).toThrow('port 10080');
  });

  it('may not be that of another instance', () => {
    expect(() => requireGoodBase('blue', 0, USUAL)).toThrow("meets the ports of the instance 'default'");
  });

  it('may be that of the instance itself', () => {
    expect(() => requireGoodBase('test', 4000, USUAL)).not.toThrow();
    expect(() => requireGoodBase('default', 0, USUAL)).not.toThrow();
  });

  it('keeps every port below those of outgoing connections', () => {
    expect(largestBase(USUAL)).toBe(13_000);
    expect(() => requireGoodBase('blue', 13_000, USUAL)).not.toThrow();
    expect(() => requireGoodBase('blue', 14_000, USUAL)).toThrow('is too high');
    expect(() => requireGoodBase('blue', 14_000, 40_000)).not.toThrow();
  });

  it('names the instance in its hint', () => {
    expect(() => requireGoodBase('blue', 3000, USUAL)).toThrow(
      expect.objectContaining({ fix: './souk up --port-base 6000 --instance blue' }),
    );
  });
});

describe('the range of outgoing connections', () => {
  it('is that of the kernel', () => expect(ephemeralStart('15000\t60999\n')).toBe(15_000));
  it('is the usual one where the kernel says nothing', () => {
    expect(ephemeralStart(undefined)).toBe(USUAL);
    expect(ephemeralStart('?')).toBe(USUAL);
  });
});
