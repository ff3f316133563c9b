import { describe, expect, it } from '@jest/globals';
import { nextSoftLimit, RELAXED, type SoftLimit } from './soft-limit.js';

/** The state after each pressure, one every 100 ms. */
function states(pressures: readonly number[], from: SoftLimit = RELAXED): boolean[] {
  let state = from;
  return pressures.map((pressure, index) => {
    state = nextSoftLimit(state, pressure, index * 100);
    return state.isEngaged;
  });
}
const of = (pressure: number, times: number): number[] => Array<number>(times).fill(pressure);
const ENGAGED: SoftLimit = { isEngaged: true, since: undefined };

describe('the soft limit', () => {
  it('THR-6 engages within a second of pressure, but not for a single moment of it', () => {
    expect(states(of(1, 10)).indexOf(true)).toBe(2);
    expect(states([1, 1, 0, 1, 1, 0, 1, 1])).not.toContain(true);
  });

  it('THR-6 releases a second after the pressure has gone', () => {
    expect(states(of(0, 20), ENGAGED).indexOf(false)).toBe(10);
  });

  it('THR-6 does not flutter where the pressure is about its limit', () => {
    const about = Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? 1.1 : 0.7));
    expect(states(about, ENGAGED)).not.toContain(false);
    expect(states(about)).not.toContain(true);
    expect(states([...of(0.1, 9), 0.7, ...of(0.1, 9)], ENGAGED)).not.toContain(false);
  });
});
