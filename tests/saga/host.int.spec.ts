// The host of libs/saga/README.md as a stranger would write it: a table, a transaction, and nothing else of Souk.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  defineSaga,
  done,
  dueAt,
  expire,
  invoke,
  react,
  refused,
  type Reply,
  type SagaState,
  send,
  start,
  type Transition,
} from '@souk/saga';
import { createTestDatabase, type TestDatabase } from '@souk/testing';

interface Trip {
  readonly seats: readonly string[];
}

const seats = (type: string) => send<Trip>(type, ({ parts }) => parts, 1_000);
const trip = defineSaga<Trip>({
  name: 'trip',
  version: 1,
  steps: [
    {
      name: 'hold-seats',
      parts: (data) => data.seats,
      action: seats('hold-seats.v1'),
      replies: { 'seats.held.v1': done, 'seats.full.v1': refused('sold-out') },
      undo: { action: seats('release-seats.v1'), replies: ['seats.released.v1'] },
    },
    {
      name: 'book',
      pivot: true,
      settles: ['hold-seats'],
      action: seats('book-seats.v1'),
      replies: { 'seats.booked.v1': done },
      undo: { action: seats('return-seats.v1'), replies: ['seats.returned.v1'] },
    },
    { name: 'send-ticket', action: invoke('send-ticket', () => ({})), replies: { 'ticket.sent': done } },
  ],
});

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase('saga_host', join(import.meta.dirname, '../../libs/saga/sql'));
});
afterAll(() => database?.drop());

type Step = (state: SagaState<Trip>, now: number) => Transition<Trip>;

async function begin(id: string, data: Trip, now: number): Promise<void> {
  const { state, actions } = start(trip, data, now);
  await transaction(async (query) => {
    await query('insert into sagas (id, state, due_at) values ($1, $2, $3)', [id, state, at(dueAt(state))]);
    await carryOut(query, id, actions);
  });
}

async function advance(id: string, step: Step, now: number, beforeCommit = () => undefined as void): Promise<void> {
  await transaction(async (query) => {
    const { rows } = await query('select state from sagas where id = $1 for update', [id]);
    const before = rows[0]?.['state'] as SagaState<Trip>;
    const { state, actions } = step(before, now);
    if (state === before) return;
    await query('update sagas set state = $2, due_at = $3 where id = $1', [id, state, at(dueAt(state))]);
    await carryOut(query, id, actions);
    beforeCommit();
  });
}

type Query = (text: string, values: unknown[]) => Promise<{ rows: Record<string, unknown>[] }>;

async function carryOut(query: Query, id: string, actions: Transition<Trip>['actions']): Promise<void> {
  for (const action of actions) {
    const [type, payload] = 'type' in action ? [action.type, action.payload] : [action.kind, null];
    const values = [id, action.kind, type, JSON.stringify(payload)];
    await query('insert into saga_actions (saga_id, kind, type, payload) values ($1, $2, $3, $4)', values);
  }
}

async function transaction(work: (query: Query) => Promise<void>): Promise<void> {
  const client = await database.pool.connect();
  try {
    await client.query('begin');
    await work((text, values) => client.query(text, values));
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}

const at = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));
const hears =
  (reply: Reply): Step =>
  (state, now) =>
    react(trip, state, reply, now);
const asked = async (id: string) =>
  (
    await database.pool.query<{ type: string }>('select type from saga_actions where saga_id = $1 order by id', [id])
  ).rows
    .map(({ type }) => type)
    .filter((type) => type !== 'done');

describe('a host of a saga', () => {
  it('takes it to its end, one of many that hear the same at once', async () => {
    await begin('t-1', { seats: ['1A', '2B'] }, 0);
    const replies: Reply[] = [
      { type: 'seats.held.v1', parts: ['1A'] },
      { type: 'seats.held.v1', parts: ['2B'] },
    ];
    await Promise.all([...replies, ...replies].map((reply) => advance('t-1', hears(reply), 1_000)));
    await advance('t-1', hears({ type: 'seats.booked.v1' }), 2_000);
    await advance('t-1', hears({ type: 'ticket.sent' }), 3_000);
    expect(await asked('t-1')).toEqual(['hold-seats.v1', 'book-seats.v1', 'send-ticket', 'complete']);
  });

  it('loses a step with its actions or keeps both, when it dies before the commit', async () => {
    await begin('t-2', { seats: ['1A'] }, 0);
    const died = advance('t-2', hears({ type: 'seats.held.v1' }), 1_000, () => {
      throw new Error('killed');
    });
    await expect(died).rejects.toThrow('killed');
    expect(await asked('t-2')).toEqual(['hold-seats.v1']);
    await advance('t-2', hears({ type: 'seats.held.v1' }), 2_000);
    expect(await asked('t-2')).toEqual(['hold-seats.v1', 'book-seats.v1']);
  });

  it('finds what is due by its index, and asks again', async () => {
    await begin('t-3', { seats: ['1A'] }, 0);
    const due = 'select id from sagas where due_at <= $1 and id = $2';
    expect((await database.pool.query(due, [at(999), 't-3'])).rows).toEqual([]);
    expect((await database.pool.query(due, [at(1_000), 't-3'])).rows).toEqual([{ id: 't-3' }]);
    await advance('t-3', (state, now) => expire(trip, state, now), 1_000);
    expect(await asked('t-3')).toEqual(['hold-seats.v1', 'hold-seats.v1']);
  });
});
