import { describe, expect, it } from '@jest/globals';
import { found } from './audit.ts';

describe('the last line of the audit', () => {
  it('counts in English', () => {
    expect(found(1)).toBe('1 check found a difference');
    expect(found(2)).toBe('2 checks found differences');
  });
});
