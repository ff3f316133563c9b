import { describe, expect, it } from '@jest/globals';
import { identify, identityOf, isAlive, parseStat } from './process-identity.ts';

const STAT = '4242 (a (strange) name) S 17 4242 4242 0 -1 4194560 1 0 0 0 3 1 0 0 20 0 11 0 987654 1000 200';

describe('process identity', () => {
  it('reads state, parent and start time past a name with spaces and parentheses', () => {
    expect(parseStat(STAT)).toEqual({ state: 'S', parent: 17, startTime: 987_654 });
  });

  it('holds for the same process only, not for another one with its pid', () => {
    const look = () => parseStat(STAT);
    expect(isAlive({ pid: 4242, startTime: 987_654 }, look)).toBe(true);
    expect(isAlive({ pid: 4242, startTime: 987_655 }, look)).toBe(false);
  });

  it('counts a zombie and a vanished process as dead', () => {
    expect(isAlive({ pid: 4242, startTime: 987_654 }, () => parseStat(STAT.replace(' S ', ' Z ')))).toBe(false);
    expect(isAlive({ pid: 4242, startTime: 987_654 }, () => undefined)).toBe(false);
  });

  it('is as somebody says who knows it, and is looked up where nobody does', () => {
    expect(identityOf({ pid: process.pid, startTime: 1 })).toEqual({ pid: process.pid, startTime: 1 });
    expect(identityOf({ pid: process.pid })).toEqual(identify(process.pid));
    expect([identityOf({ pid: null, startTime: null }), isAlive({ pid: process.pid, startTime: 1 })]).toEqual([
      undefined,
      false,
    ]);
  });

  it('knows this very process', () => {
    const me = identify(process.pid);
    expect(me && isAlive(me)).toBe(true);
  });
});
