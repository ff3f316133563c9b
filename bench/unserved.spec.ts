import { describe, expect, it } from '@jest/globals';
import { missedGates } from '../tools/cli/src/shop/benchmark.ts';
import { unserved } from './unserved.ts';

describe('orders that were not served', () => {
  it('miss a gate, refused and lost each its own', () => {
    expect(missedGates(unserved('100', { refused: 0, lost: 0 }, { refusedGate: 0 }))).toEqual([]);
    expect(missedGates(unserved('100', { refused: 1, lost: 0 }, { refusedGate: 0 }))).toEqual(['pipeline.refused.100']);
    expect(missedGates(unserved('700', { refused: 0, lost: 1 }, { refusedGate: 0 }))).toEqual(['pipeline.lost.700']);
  });

  it('are told where they may be refused, and lost nowhere', () => {
    const figures = unserved('1000', { refused: 7, lost: 1 });
    expect(figures.map(({ name, value }) => [name, value])).toEqual([
      ['pipeline.refused.1000', 7],
      ['pipeline.lost.1000', 1],
    ]);
    expect(missedGates(figures)).toEqual(['pipeline.lost.1000']);
  });
});
