import { hostname } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { whoIAm } from './author.ts';

describe('the author of a change', () => {
  it('is the user on this machine', () => expect(whoIAm(() => 'alice')).toBe(`alice@${hostname()}`));

  it('is a number where the user has no name', () => {
    const nameless = () => {
      throw new Error('uv_os_get_passwd returned ENOENT');
    };
    expect(whoIAm(nameless)).toBe(`uid-${process.getuid?.()}@${hostname()}`);
  });
});
