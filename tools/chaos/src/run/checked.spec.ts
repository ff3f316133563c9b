import { describe, expect, it } from '@jest/globals';
import { CHECKED, isWanted } from './checked.ts';

describe('which invariants are wanted', () => {
  it('are all, where none is named', () =>
    expect(['I1', 'leader', 'parked'].every((id) => isWanted(id, undefined))).toBe(true));

  it('are never that reservations end in time, which no run is long enough to see', () => {
    expect(CHECKED).not.toContain('I8');
    expect([isWanted('I8', undefined), isWanted('I8', ['I8'])]).toEqual([false, false]);
  });

  it.each([
    ['I11', true],
    ['I11-sent', true],
    ['I1', false],
    ['I111', false],
    ['leader', false],
  ])('by the name I11: %s %s', (id, wanted) => expect(isWanted(id, ['I2', 'I11'])).toBe(wanted));
});
