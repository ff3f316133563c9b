import { describe, expect, it } from '@jest/globals';
import { NOON, QUARTER_PAST } from '../test/inventory.mother.js';
import type { Decide, Reservation } from './reservation.js';
import { reservationRules } from './reservation-rules.js';
import { commitWhenExpired, releaseAfterCommit } from './reservation-rules.naive.js';

const LATER = new Date(QUARTER_PAST.getTime() + 1);
const line = (state: 'live' | 'committed' | 'expired'): Reservation => ({
  state,
  quantity: 2,
  expiresAt: QUARTER_PAST,
});
const told = (decide: Decide, reservation: Reservation, now: Date) => {
  const { next, answers } = decide(reservation, { sku: 'MUG', quantity: 2 }, now);
  return [next.state, answers.at(-1)?.type];
};

describe('the rules of reservations, and what goes wrong without them', () => {
  it('leave sold stock where it is when a release comes late', () => {
    expect(told(reservationRules.release, line('committed'), NOON)).toEqual(['committed', 'committed']);
    expect(told(releaseAfterCommit.release, line('committed'), NOON)).toEqual(['returned', 'released']);
  });

  it('refuse a commit that comes late', () => {
    expect(told(reservationRules.commit, line('expired'), LATER)).toEqual(['expired', 'commit-refused']);
    expect(told(commitWhenExpired.commit, line('expired'), LATER)).toEqual(['expired', 'committed']);
    expect(told(reservationRules.commit, line('live'), LATER)).toEqual(['expired', 'commit-refused']);
    expect(told(commitWhenExpired.commit, line('live'), LATER)).toEqual(['committed', 'committed']);
  });

  it('are otherwise the same in the variants', () => {
    for (const rules of [releaseAfterCommit, commitWhenExpired]) {
      expect(told(rules.commit, line('live'), NOON)).toEqual(['committed', 'committed']);
      expect(told(rules.release, line('live'), NOON)).toEqual(['released', 'released']);
      expect(told(rules.release, line('expired'), LATER)).toEqual(['expired', 'released']);
    }
  });
});
