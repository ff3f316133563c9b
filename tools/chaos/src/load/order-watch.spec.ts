import { describe, expect, it } from '@jest/globals';
import { seenIn } from './order-watch.ts';

const toRunTime = (at: number): number => at - 1_000;
const heard = { askedAt: 995, acceptedAt: 1_005 };
const events = (...types: ('placed' | 'confirmed' | 'rejected' | 'cancelled')[]) =>
  types.map((type, index) => ({ orderId: 'o1', type, at: 2_000 + index * 100 }));

describe('an order by its events', () => {
  it('was placed and confirmed when they say so, by the clock of the run', () =>
    expect(seenIn(events('placed', 'confirmed'), heard, toRunTime)).toEqual({ placedAt: 1_000, confirmedAt: 1_100 }));

  it('stays confirmed when it is cancelled later', () =>
    expect(seenIn(events('placed', 'confirmed', 'cancelled'), heard, toRunTime)).toEqual({
      placedAt: 1_000,
      confirmedAt: 1_100,
    }));

  it('is closed when it was refused, or cancelled before', () => {
    expect(seenIn(events('placed', 'rejected'), heard, toRunTime)).toEqual({
      placedAt: 1_000,
      closedAt: 1_100,
      isRejected: true,
    });
    expect(seenIn(events('placed', 'cancelled'), heard, toRunTime)).toEqual({ placedAt: 1_000, closedAt: 1_100 });
  });

  it('is open otherwise, placed when it was accepted as long as there is no event', () => {
    expect(seenIn(events('placed'), heard, toRunTime)).toEqual({ placedAt: 1_000 });
    expect(seenIn([], heard, toRunTime)).toEqual({ placedAt: 1_005 });
  });

  it('was placed while the client asked for it, whatever a clock that goes wrong says', () => {
    const by = (ms: number) => seenIn(events('placed', 'confirmed'), heard, (at) => at - 1_000 + ms);
    expect(by(3_600_000)).toEqual({ placedAt: 1_005, confirmedAt: 1_105 });
    expect(by(-3_600_000)).toEqual({ placedAt: 995, confirmedAt: 1_095 });
    expect(by(4)).toEqual({ placedAt: 1_004, confirmedAt: 1_104 });
    const closed = seenIn(events('placed', 'rejected'), heard, (at) => at + 60_000);
    expect(closed).toEqual({ placedAt: 1_005, closedAt: 1_105, isRejected: true });
  });
});
