import { tmpdir } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { busyNote, commitNow } from './circumstances.ts';

describe('a machine that has other things to do', () => {
  it('is named, with its figures', () =>
    expect(busyNote(17.4, 2)).toBe(
      'the machine is busy with other things (17 processes for 2 cores): what is too slow below may be so for that',
    ));

  it.each([
    [0, 2],
    [8, 2],
    [30, 8],
  ])('is not one with a load of %d on %d cores', (load, cores) => expect(busyNote(load, cores)).toBeUndefined());
});

describe('the code that was run', () => {
  it('can be got again by nobody where it is no checkout', () => expect(commitNow(tmpdir())).toBe('unknown+'));
});
