import { describe, expect, it } from '@jest/globals';
import { grown, inMib } from './memory.ts';

const MIB = 1_048_576;

describe('memory that stays', () => {
  it('is told by process, where it is more than allowed', () => {
    const before = { gateway: 100 * MIB, order: 80 * MIB };
    expect(grown(before, { gateway: 110 * MIB, order: 88 * MIB }, 1.1)).toEqual([]);
    expect(grown(before, { gateway: 111 * MIB, order: 60 * MIB }, 1.1)).toEqual([
      'gateway: 111 MiB instead of 100 MiB',
    ]);
  });

  it('is more than nothing in a process that nobody knew before', () => {
    expect(grown({}, { order: 1 }, 1.1)).toEqual([`order: ${inMib(1)} instead of 0 MiB`]);
  });
});
