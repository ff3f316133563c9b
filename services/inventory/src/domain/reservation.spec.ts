import { describe, expect, it } from '@jest/globals';
import { aLine, aRejection, NOON, QUARTER_PAST } from '../test/inventory.mother.js';
import {
  commit,
  type Decide,
  expire,
  type LineAnswer,
  movementOf,
  none,
  release,
  type Reservation,
  takeBack,
  transitions,
} from './reservation.js';

const MUG = { sku: 'MUG', quantity: 2 };
const commands = { commit, release, takeBack, expire } satisfies Record<string, Decide>;
type CommandName = keyof typeof commands;

const given = (line: Reservation) => ({
  when: (command: CommandName, now = NOON) => ({
    gives: (next: Reservation, ...answers: LineAnswer[]): void =>
      expect(commands[command](line, MUG, now)).toEqual({ next, answers }),
  }),
});

const refused = (reason: 'expired' | 'released' | 'unknown'): LineAnswer => ({ type: 'commit-refused', reason });

describe('commit', () => {
  it('turns a live line into sold stock', () =>
    given(aLine('live')).when('commit').gives(aLine('committed'), { type: 'committed' }));

  it('is refused once the reservation is overdue, and the refusal stays', () =>
    given(aLine('live')).when('commit', QUARTER_PAST).gives(aLine('expired'), { type: 'expired' }, refused('expired')));

  it('again changes nothing and gets the same answer', () => {
    given(aLine('committed')).when('commit').gives(aLine('committed'), { type: 'committed' });
    given(aLine('returned')).when('commit').gives(aLine('returned'), { type: 'committed' });
  });

  it.each([
    [aLine('expired'), 'expired'],
    [aLine('released'), 'released'],
    [aRejection(), 'unknown'],
    [none, 'unknown'],
  ] as const)('of %j is refused: %s', (line, reason) => given(line).when('commit').gives(line, refused(reason)));
});

describe('release', () => {
  it('frees a live line', () => given(aLine('live')).when('release').gives(aLine('released'), { type: 'released' }));

  it('without its reserve leaves a tombstone that a late reserve meets', () =>
    given(none).when('release').gives(aRejection('expired'), { type: 'released' }));

  it.each([aLine('released'), aLine('expired'), aRejection('out-of-stock')])(
    'of %j, which holds nothing, is a no-op',
    (line) => given(line).when('release').gives(line, { type: 'released' }),
  );

  it('does not undo a commit; the answer says so', () => {
    given(aLine('committed')).when('release').gives(aLine('committed'), { type: 'committed' });
    given(aLine('returned')).when('release').gives(aLine('returned'), { type: 'returned' });
  });
});

describe('return', () => {
  it('takes sold stock back', () =>
    given(aLine('committed')).when('takeBack').gives(aLine('returned'), { type: 'returned' }));

  it('again changes nothing and gets the same answer', () =>
    given(aLine('returned')).when('takeBack').gives(aLine('returned'), { type: 'returned' }));

  it('of a line that was not sold is answered with what the line is', () => {
    given(aLine('live')).when('takeBack').gives(aLine('live'), { type: 'reserved', expiresAt: QUARTER_PAST });
    given(aLine('released')).when('takeBack').gives(aLine('released'), { type: 'released' });
    given(aLine('expired')).when('takeBack').gives(aLine('expired'), { type: 'expired' });
    given(aRejection()).when('takeBack').gives(aRejection(), { type: 'rejected', reason: 'expired', short: null });
  });
});

describe('expire', () => {
  it('frees an overdue line', () =>
    given(aLine('live')).when('expire', QUARTER_PAST).gives(aLine('expired'), { type: 'expired' }));

  it.each([aLine('live'), aLine('committed'), aLine('released'), aLine('returned'), aRejection(), none])(
    'leaves %j alone before its time or after it was settled',
    (line) =>
      given(line)
        .when('expire', line.state === 'live' ? NOON : QUARTER_PAST)
        .gives(line),
  );
});

describe('the transition table', () => {
  const states = Object.keys(transitions) as (keyof typeof transitions)[];
  const lines: Reservation[] = [
    none,
    aRejection(),
    ...(['live', 'committed', 'released', 'expired', 'returned'] as const).map((state) => aLine(state)),
  ];

  it('covers every step that a command takes', () => {
    for (const decide of Object.values(commands)) {
      for (const line of lines) {
        for (const now of [NOON, QUARTER_PAST]) {
          const { next } = decide(line, MUG, now);
          if (next !== line) expect(() => movementOf(line.state, next.state)).not.toThrow();
        }
      }
    }
  });

  it('has no way out of the final states', () => {
    const final = states.filter((state) => Object.keys(transitions[state]).length === 0);
    expect(final).toEqual(['returned', 'released', 'expired', 'rejected']);
  });

  it('refuses an arrow that it does not have', () => {
    expect(() => movementOf('released', 'live')).toThrow('a reservation cannot go from released to live');
  });
});
