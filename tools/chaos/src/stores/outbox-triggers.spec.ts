import { describe, expect, it } from '@jest/globals';
import { dropStatement, OUTBOX_TRIGGERS } from './outbox-triggers.ts';

describe('taking triggers out of an outbox', () => {
  it('names those of one fault alone', () => {
    expect(dropStatement(['hold'])).toBe('drop function if exists chaos_hold_outbox cascade');
    expect(dropStatement(['loss'])).toBe('drop function if exists chaos_lose_outbox cascade');
  });

  it('names all of them for who does not know which', () =>
    expect(dropStatement(OUTBOX_TRIGGERS)).toBe(
      'drop function if exists chaos_hold_outbox cascade; drop function if exists chaos_lose_outbox cascade',
    ));
});
