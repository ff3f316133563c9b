import { describe, expect, it } from '@jest/globals';
import { type Activity, remember, REMEMBERED } from './activity.js';

const view = (at: number, id = `a${at}`): Activity => ({ id, kind: 'viewed', of: 'tea', at });

describe('what is remembered of a customer', () => {
  it('is the newest of both, newest first', () => {
    expect(remember([view(1), view(5)], [view(3)]).map(({ at }) => at)).toEqual([5, 3, 1]);
  });

  it('has the same thing once, however often it is told', () => {
    expect(remember([view(1)], [view(1), view(1)])).toEqual([view(1)]);
  });

  it('is never more than its bound, and the same in whatever order it came', () => {
    const flood = Array.from({ length: 1_000 }, (_, at) => view(Math.floor(at / 2), `id-${at}`));
    const forwards = flood.reduce<Activity[]>((known, one) => remember(known, [one]), []);
    expect(forwards).toHaveLength(REMEMBERED);
    expect(remember([], flood.toReversed())).toEqual(forwards);
    // Told again, what was forgotten does not come back.
    expect(remember(forwards, flood.slice(0, 10))).toEqual(forwards);
  });
});
