import { describe, expect, it } from '@jest/globals';
import { cancel, defineSaga, done, dueAt, expire, invoke, lost, react, refused, send, start } from './index.js';
import type { SagaAction, SagaState } from './index.js';

interface Trip {
  seats: string[];
}

const hold = (type: string) => send<Trip>(type, ({ parts }) => ({ seats: parts }), 1_000);

const trip = defineSaga<Trip>({
  name: 'trip',
  version: 1,
  steps: [
    {
      name: 'hold',
      action: hold('hold'),
      parts: ({ seats }) => seats,
      replies: { held: done, 'hold-refused': refused(), 'hold-expired': lost('too-late') },
      undo: { action: hold('release'), replies: ['released', 'hold-expired'] },
      giveUp: { afterMs: 10_000, reason: 'no-answer' },
    },
    {
      name: 'pay',
      action: invoke<Trip>('authorise', () => ({})),
      replies: { authorised: done, declined: refused('declined') },
      undo: { action: invoke<Trip>('void', ({ results }) => ({ payment: results['pay'] })), replies: ['voided'] },
      giveUp: { afterMs: 5_000, reason: 'pay-timeout' },
    },
    {
      name: 'book',
      pivot: true,
      settles: ['hold'],
      action: hold('book'),
      parts: ({ seats }) => seats,
      replies: { booked: done, 'book-refused': refused('gone') },
      undo: { action: hold('unbook'), replies: ['unbooked'] },
      guard: (_, now) => (now >= 100_000 ? 'too-late' : undefined),
    },
    { name: 'capture', action: invoke<Trip>('capture', () => ({})), replies: { captured: done } },
  ],
});

const SEATS = ['1A', '2B'];

/** Plays replies against a fresh saga at one second per reply and returns where it ended and what it asked for. */
function play(...replies: ({ type: string; parts?: string[]; reason?: string; result?: string } | 'cancel')[]) {
  let { state, actions } = start(trip, { seats: SEATS }, 0);
  const log: SagaAction[] = [...actions];
  replies.forEach((reply, index) => {
    const now = (index + 1) * 1_000;
    ({ state, actions } = reply === 'cancel' ? cancel(trip, state, 'cancelled', now) : react(trip, state, reply, now));
    log.push(...actions);
  });
  return { state, last: actions, log: log.map(label) };
}

const label = (action: SagaAction): string => {
  if (action.kind === 'complete') return action.outcome === 'failed' ? `failed: ${action.reason}` : 'succeeded';
  return action.kind === 'done' ? `done ${action.step}` : action.type;
};

const held = { type: 'held' };
const authorised = { type: 'authorised', result: 'p1' };
const booked = { type: 'booked' };

describe('forward', () => {
  it('runs the table from top to bottom', () => {
    expect(play(held, authorised, booked, { type: 'captured' }).log).toEqual([
      'hold',
      'done hold',
      'authorise',
      'done pay',
      'book',
      'done book',
      'capture',
      'done capture',
      'succeeded',
    ]);
  });

  it('waits until every part is answered', () => {
    expect(play({ type: 'held', parts: ['1A'] }).log).toEqual(['hold']);
    expect(play({ type: 'held', parts: ['1A'] }, { type: 'held', parts: ['2B'] }).log).toEqual([
      'hold',
      'done hold',
      'authorise',
    ]);
  });

  it('returns the very same state for duplicates, unknown replies and steps that were never asked', () => {
    const { state } = play(held, authorised);
    for (const type of ['held', 'authorised', 'captured', 'who-knows', 'voided']) {
      expect(react(trip, state, { type }, 9_000)).toEqual({ state, actions: [] });
      expect(react(trip, state, { type }, 9_000).state).toBe(state);
    }
  });

  it('survives a round trip through JSON', () => {
    const { state } = play(held, authorised);
    const stored = JSON.parse(JSON.stringify(state)) as SagaState<Trip>;
    expect(react(trip, stored, booked, 9_000)).toEqual(react(trip, state, booked, 9_000));
  });
});

describe('compensation before the pivot', () => {
  it('undoes what was done, the latest first, and ends when every undo is acknowledged', () => {
    expect(play(held, { type: 'declined' }).log.slice(-1)).toEqual(['release']);
    expect(play(held, { type: 'declined' }, { type: 'released' }).log.slice(-2)).toEqual([
      'release',
      'failed: declined',
    ]);
  });

  it('undoes only the parts that were not refused', () => {
    const { last, log } = play(
      { type: 'held', parts: ['1A'] },
      { type: 'hold-refused', parts: ['2B'], reason: 'sold' },
    );
    expect(last).toEqual([{ kind: 'send', step: 'hold', type: 'release', payload: { seats: ['1A'] } }]);
    expect(log).toEqual(['hold', 'release']);
  });

  it('ends at once when nothing was done', () => {
    expect(play({ type: 'hold-refused', reason: 'sold' }).log).toEqual(['hold', 'failed: sold']);
  });

  it('undoes a step whose answer is still out, and knows nothing of its result', () => {
    const { log, last } = play(held, 'cancel');
    expect(log.slice(-2)).toEqual(['void', 'release']);
    expect(last[0]).toMatchObject({ payload: {} });
  });

  it('compensates when a done step is lost', () => {
    expect(
      play(held, { type: 'hold-expired', parts: ['1A'] }, { type: 'released', parts: ['2B'] }, { type: 'voided' }).log,
    ).toEqual(['hold', 'done hold', 'authorise', 'void', 'release', 'failed: too-late']);
  });

  it('takes no new step that its guard refuses', () => {
    const { state } = play(held);
    expect(react(trip, state, authorised, 100_000).actions.map(label)).toEqual(['done pay', 'void', 'release']);
  });
});

describe('late success', () => {
  it('is no news while its undo is under way', () => {
    expect(play('cancel', held).last).toEqual([]);
  });

  it('is undone again when its undo was acknowledged before, even after the end', () => {
    const { log } = play('cancel', { type: 'released' }, held, { type: 'released' }, held);
    expect(log).toEqual(['hold', 'release', 'failed: cancelled', 'release']);
  });

  it('hands its result to the undo', () => {
    expect(play(held, 'cancel', { type: 'voided' }, authorised).last).toEqual([
      { kind: 'invoke', step: 'pay', type: 'void', payload: { payment: 'p1' } },
    ]);
  });
});

describe('the pivot', () => {
  it('cannot be cancelled once it is out', () => {
    const { state } = play(held, authorised);
    expect(cancel(trip, state, 'cancelled', 9_000)).toEqual({ accepted: false, state, actions: [] });
  });

  it('waits for the rest of its answers, then undoes its done parts but not what it settles', () => {
    const partial = play(held, authorised, { type: 'book-refused', parts: ['2B'] });
    expect(partial.last).toEqual([]);
    const { log, last } = play(
      held,
      authorised,
      { type: 'book-refused', parts: ['2B'] },
      { type: 'booked', parts: ['1A'] },
    );
    expect(last.map(label)).toEqual(['unbook', 'void']);
    expect(last[0]).toMatchObject({ payload: { seats: ['1A'] } });
    expect(log).not.toContain('release');
  });

  it('ignores the loss of what it is about to settle', () => {
    expect(play(held, authorised, { type: 'hold-expired' }).last).toEqual([]);
  });
});

describe('deadlines', () => {
  it('repeats a message at doubling intervals, for the unanswered parts only', () => {
    const { state } = play({ type: 'held', parts: ['1A'] });
    expect(expire(trip, state, 999).actions).toEqual([]);
    const again = expire(trip, state, 1_000);
    expect(again.actions).toEqual([{ kind: 'send', step: 'hold', type: 'hold', payload: { seats: ['2B'] } }]);
    expect(dueAt(again.state)).toBe(3_000);
  });

  it('repeats a message every five minutes at the latest', () => {
    let { state } = play(held, authorised);
    let due = dueAt(state) ?? NaN;
    for (let repeat = 0; repeat < 12; repeat++) {
      ({ state } = expire(trip, state, due));
      const next = dueAt(state) ?? NaN;
      expect(next - due).toBeLessThanOrEqual(300_000);
      due = next;
    }
    expect(expire(trip, state, due).actions.map(label)).toEqual(['book']);
  });

  it('gives a step up before the pivot and undoes it, since its outcome is unknown', () => {
    const { state } = play(held);
    expect(dueAt(state)).toBe(6_000);
    expect(expire(trip, state, 6_000).actions.map(label)).toEqual(['void', 'release']);
  });

  it('repeats an undo until it is acknowledged', () => {
    const { state } = play('cancel');
    expect(expire(trip, state, 2_000).actions.map(label)).toEqual(['release']);
  });

  it('RTY-10 never gives up after the pivot', () => {
    const { state } = play(held, authorised);
    expect(expire(trip, state, 10_000_000).actions.map(label)).toEqual(['book']);
    expect(dueAt(play(held, authorised, booked).state)).toBeNull();
  });
});

describe('defineSaga', () => {
  const [holdStep, , book, capture] = trip.steps;
  it.each([
    ['no pivot', [holdStep]],
    ['a step without compensation before the pivot', [{ ...holdStep, undo: undefined }, book]],
    ['a step after the pivot that may be refused', [book, { ...capture, replies: { captured: done, no: refused() } }]],
    ['a pivot that gives up', [{ ...book, giveUp: { afterMs: 1, reason: 'x' } }]],
    ['a reply that belongs to two steps', [holdStep, { ...holdStep, name: 'again' }, book]],
  ])('refuses %s', (_, steps) => {
    expect(() => defineSaga<Trip>({ ...trip, steps: steps as typeof trip.steps })).toThrow(/saga trip/);
  });
});
