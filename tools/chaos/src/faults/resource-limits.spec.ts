import { describe, expect, it } from '@jest/globals';
import { limitWithRoom, readLimit } from './resource-limits.ts';

const LIMITS = `Limit                     Soft Limit           Hard Limit           Units
Max cpu time              unlimited            unlimited            seconds
Max data size             unlimited            unlimited            bytes
Max stack size            8388608              unlimited            bytes
Max open files            1024                 524288               files
`;

describe('the limits of a process', () => {
  it('are read as the soft ones', () => {
    expect(readLimit(LIMITS, 'nofile')).toBe(1_024);
    expect(readLimit(LIMITS, 'data')).toBe('unlimited');
  });

  it('are not taken for something where the kernel says nothing', () => {
    expect(() => readLimit('Limit\n', 'data')).toThrow();
  });
});

describe('the limit that leaves room for so many files', () => {
  it.each([
    [[0, 1, 2], 0, 3],
    [[0, 1, 2], 4, 7],
    // Numbers that were given back are given out first.
    [[0, 1, 5, 9], 0, 2],
    [[0, 1, 5, 9], 3, 6],
    [[0, 1, 5, 9], 4, 7],
    [[9, 1, 5, 0], 5, 8],
  ])('%j open, room for %d: %d', (open, room, limit) => {
    const free = Array.from({ length: limit }, (_, number) => number).filter((number) => !open.includes(number));
    expect([limitWithRoom(open, room), free.length]).toEqual([limit, room]);
  });
});
