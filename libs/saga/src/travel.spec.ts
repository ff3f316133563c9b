// Another domain on the same engine: a journey of flights and hotels, where a refused hotel is replaced by another.
import { describe, expect, it } from '@jest/globals';
import {
  defineSaga,
  dueAt,
  done,
  expire,
  invoke,
  isFinished,
  react,
  refused,
  type Reply,
  send,
  start,
} from './index.js';
import type { SagaAction, SagaState } from './index.js';

/** A stay and who could take the travellers in, the best first. */
interface Stay {
  readonly nights: string;
  readonly hotels: readonly string[];
}

interface Journey {
  readonly bookingId: string;
  readonly flights: readonly string[];
  readonly stays: readonly Stay[];
  readonly card: string;
}

const message = (type: string) => send<Journey>(type, ({ data, parts }) => ({ id: data.bookingId, parts }), 1_000);
const charge = (type: string) =>
  invoke<Journey>(type, ({ data, results }) => ({ card: data.card, hold: results['hold-deposit'] }));

const room = ({ nights }: Stay, hotel: string | undefined) => `${nights}@${hotel}`;
const firstRooms = ({ stays }: Journey) => stays.map((stay) => room(stay, stay.hotels[0]));

/** The next hotel of the same stay that was not asked yet. */
function nextRoom({ stays }: Journey, gone: string, asked: readonly string[]): string | undefined {
  const stay = stays.find(({ nights }) => gone.startsWith(`${nights}@`));
  const hotel = stay?.hotels.find((name) => !asked.includes(room(stay, name)));
  return stay && hotel && room(stay, hotel);
}

const travel = defineSaga<Journey>({
  name: 'travel',
  version: 1,
  steps: [
    {
      name: 'hold-flights',
      parts: ({ flights }) => flights,
      action: message('hold-flights.v1'),
      replies: { 'flight.held.v1': done, 'flight.full.v1': refused('no-flight') },
      undo: { action: message('release-flights.v1'), replies: ['flight.released.v1'] },
    },
    {
      name: 'hold-rooms',
      parts: firstRooms,
      alternative: nextRoom,
      action: message('hold-rooms.v1'),
      replies: { 'room.held.v1': done, 'room.full.v1': refused('no-hotel') },
      undo: { action: message('release-rooms.v1'), replies: ['room.released.v1'] },
      giveUp: { afterMs: 60_000, reason: 'hotels-silent' },
    },
    {
      name: 'hold-deposit',
      action: charge('hold-deposit'),
      replies: { 'deposit.held': done, 'deposit.refused': refused('no-deposit') },
      undo: { action: charge('free-deposit'), replies: ['deposit.freed'] },
    },
    {
      name: 'book-flights',
      pivot: true,
      settles: ['hold-flights'],
      parts: (_, got) => got['hold-flights'] ?? [],
      action: message('book-flights.v1'),
      replies: { 'flight.booked.v1': done, 'flight.lapsed.v1': refused('too-late') },
      undo: { action: message('cancel-flights.v1'), replies: ['flight.cancelled.v1'] },
    },
    {
      name: 'book-rooms',
      parts: (_, got) => got['hold-rooms'] ?? [],
      action: message('book-rooms.v1'),
      replies: { 'room.booked.v1': done },
    },
    { name: 'take-deposit', action: charge('take-deposit'), replies: { 'deposit.taken': done } },
  ],
});

const journey: Journey = {
  bookingId: 'b-1',
  flights: ['AMS-LIS', 'LIS-FNC', 'FNC-AMS'],
  stays: [
    { nights: 'lisbon', hotels: ['Alfama', 'Baixa', 'Chiado'] },
    { nights: 'funchal', hotels: ['Quinta'] },
  ],
  card: 'tok_visa',
};

const flight = (is: string, ...parts: string[]): Reply => ({
  type: `flight.${is}.v1`,
  parts: parts.length > 0 ? parts : journey.flights,
});
const rooms = (is: string, ...parts: string[]): Reply => ({ type: `room.${is}.v1`, parts });
const deposit: Reply = { type: 'deposit.held', result: 'd-1' };
const FIRST = ['lisbon@Alfama', 'funchal@Quinta'];

/** Plays the answers, one a second, and tells what was asked of whom. */
function play(...replies: Reply[]) {
  let now = 0;
  let { state, actions } = start(travel, journey, now);
  const asked = [...actions];
  for (const reply of replies) {
    ({ state, actions } = react(travel, state, reply, (now += 1_000)));
    asked.push(...actions);
  }
  return { state, asked: asked.map(told), last: actions.map(told), now };
}

function told(action: SagaAction): string {
  if (action.kind === 'complete') return action.outcome === 'failed' ? `failed: ${action.reason}` : 'succeeded';
  if (action.kind === 'done') return `done ${action.step}`;
  const parts = (action.payload as { parts?: string[] }).parts;
  return parts ? `${action.type} ${parts.join(' ')}` : action.type;
}

describe('a journey of three flights and two hotels', () => {
  it('is booked', () => {
    const { state, asked } = play(
      flight('held'),
      rooms('held', ...FIRST),
      deposit,
      flight('booked'),
      rooms('booked', ...FIRST),
      { type: 'deposit.taken' },
    );
    expect(state.phase).toBe('succeeded');
    expect(asked.filter((what) => !what.startsWith('done'))).toEqual([
      'hold-flights.v1 AMS-LIS LIS-FNC FNC-AMS',
      'hold-rooms.v1 lisbon@Alfama funchal@Quinta',
      'hold-deposit',
      'book-flights.v1 AMS-LIS LIS-FNC FNC-AMS',
      'book-rooms.v1 lisbon@Alfama funchal@Quinta',
      'take-deposit',
      'succeeded',
    ]);
  });

  it('CMP-11: takes another hotel where one is full, and books that one', () => {
    const full = play(flight('held'), rooms('full', 'lisbon@Alfama'));
    expect(full.last).toEqual(['hold-rooms.v1 lisbon@Baixa']);
    expect(full.state.phase).toBe('forward');
    const { last } = play(
      flight('held'),
      rooms('full', 'lisbon@Alfama'),
      rooms('full', 'lisbon@Baixa'),
      rooms('held', 'funchal@Quinta'),
      rooms('held', 'lisbon@Chiado'),
      deposit,
      flight('booked'),
    );
    expect(last).toEqual(['done book-flights', 'book-rooms.v1 funchal@Quinta lisbon@Chiado']);
  });

  it('asks for one alternative, however often the refusal comes', () => {
    const { state } = play(flight('held'), rooms('full', 'lisbon@Alfama'));
    expect(react(travel, state, rooms('full', 'lisbon@Alfama'), 9_000)).toEqual({ state, actions: [] });
    expect(react(travel, state, rooms('held', 'lisbon@Alfama'), 9_000).state).toBe(state);
  });

  it('repeats an alternative that nobody answers', () => {
    const { state, now } = play(flight('held'), rooms('full', 'lisbon@Alfama'), rooms('held', 'funchal@Quinta'));
    const due = dueAt(state);
    expect(due).toBeGreaterThan(now);
    expect(expire(travel, state, due ?? 0).actions.map(told)).toEqual(['hold-rooms.v1 lisbon@Baixa']);
  });

  it('CMP-6: is undone, the rooms before the flights, when no hotel is left', () => {
    const { state, last } = play(flight('held'), rooms('held', 'lisbon@Alfama'), rooms('full', 'funchal@Quinta'));
    expect(last).toEqual(['release-rooms.v1 lisbon@Alfama', 'release-flights.v1 AMS-LIS LIS-FNC FNC-AMS']);
    expect(state).toMatchObject({ phase: 'compensating', reason: 'no-hotel' });
  });

  it('asks for no alternative when another stay has none: the journey is off', () => {
    const { last } = play(flight('held'), rooms('full', ...FIRST));
    expect(last).toEqual(['release-flights.v1 AMS-LIS LIS-FNC FNC-AMS']);
    const waiting = play(flight('held'), rooms('full', 'funchal@Quinta'));
    expect(waiting.last).toEqual([]);
    expect(react(travel, waiting.state, rooms('full', 'lisbon@Alfama'), 9_000).actions.map(told)).toEqual(last);
  });

  it('names the reason of the end, not of a hotel that was replaced', () => {
    const { last, state } = play(
      flight('held'),
      rooms('full', 'lisbon@Alfama'),
      rooms('held', 'lisbon@Baixa', 'funchal@Quinta'),
      { type: 'deposit.refused' },
      flight('released'),
      rooms('released', 'lisbon@Baixa', 'funchal@Quinta'),
    );
    expect([state.phase, last]).toEqual(['failed', ['failed: no-deposit']]);
  });

  it('CMP-5: is undone when the hotels stay silent', () => {
    const { state } = play(flight('held'));
    const late = expire(travel, state, 61_000);
    expect(late.state).toMatchObject({ phase: 'compensating', reason: 'hotels-silent' });
    expect(late.actions.map(told)).toEqual([
      'release-rooms.v1 lisbon@Alfama funchal@Quinta',
      'release-flights.v1 AMS-LIS LIS-FNC FNC-AMS',
    ]);
  });

  it('CMP-6: independent undos leave together, so one that hangs holds up no other', () => {
    const { state, now } = play(flight('held'), rooms('held', ...FIRST), { type: 'deposit.refused' });
    const half = react(travel, state, flight('released'), now + 1_000);
    expect(isFinished(half.state)).toBe(false);
    const over = react(travel, half.state, rooms('released', ...FIRST), now + 2_000);
    expect(over.actions.map(told)).toEqual(['failed: no-deposit']);
  });

  it('CMP-4: goes on where its state says, whoever read it', () => {
    const { state, now } = play(flight('held'), rooms('full', 'lisbon@Alfama'), { type: 'deposit.refused' });
    const stored = JSON.parse(JSON.stringify(state)) as SagaState<Journey>;
    const answer = rooms('full', 'lisbon@Baixa');
    expect(react(travel, stored, answer, now)).toEqual(react(travel, state, answer, now));
  });

  it('is refused as a table where alternatives have no parts', () => {
    const steps = travel.steps.map((step) =>
      step.pivot ? { ...step, parts: undefined, alternative: nextRoom } : step,
    );
    expect(() => defineSaga({ ...travel, steps } as typeof travel)).toThrow('alternatives but no parts');
  });
});
