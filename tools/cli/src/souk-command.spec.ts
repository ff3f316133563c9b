import { describe, expect, it } from '@jest/globals';
import { soukCommand } from './souk-command.ts';

describe('a command line that a hint names', () => {
  it('is short for the default instance', () => expect(soukCommand('default', 'up')).toBe('./souk up'));
  it('names every other instance', () =>
    expect(soukCommand('blue', 'logs order')).toBe('./souk logs order --instance blue'));
});
