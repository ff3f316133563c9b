import { describe, expect, it } from '@jest/globals';
import { lanesOf } from './outbox-lanes.js';

const shares = (members: number) => Array.from({ length: members }, (_, position) => lanesOf(position, members, 4));

describe('the shares of the lanes', () => {
  it.each([1, 2, 3, 4, 5, 9])('are every lane once, and none has two more than another, for %i relays', (members) => {
    expect(shares(members).flat().toSorted()).toEqual([0, 1, 2, 3]);
    const sizes = shares(members).map((lanes) => lanes.length);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  });
});
