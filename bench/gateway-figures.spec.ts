import { describe, expect, it } from '@jest/globals';
import { missedGates } from '../tools/cli/src/shop/benchmark.ts';
import { capacityFigures } from './gateway-figures.ts';
import type { Measured } from './gateway-turns.ts';

describe('the figures of the gateway', () => {
  const measured = (...rates: number[]): Measured =>
    new Map([
      ['gateway', rates.map((perSecond) => ({ requests: 5 * perSecond, perSecond, cpuUs: 65, p50: 3, p99: 9 }))],
    ]);

  it('OFF-11 say whether one gateway carries the peak of the shop, and fail where it does not', () => {
    const missed = (...rates: number[]) => missedGates(capacityFigures(measured(...rates)));
    expect(capacityFigures(measured(5_600, 9_000, 2_800)).map(({ value }) => value)).toEqual([5_600, 2]);
    expect([missed(2_800), missed(2_700)]).toEqual([[], ['gateway.capacity.against-peak']]);
  });
});
