import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RecordRefused } from '@souk/kafka';
import { waitFor } from '@souk/testing';
import type pg from 'pg';
import { LaneOutboxRelay } from './outbox-relay.js';
import { quiet, RecordingProducer } from './test/outbox.mother.js';

interface Statement {
  readonly name: string;
  readonly values: readonly unknown[];
}

const aRow = (id: number, topic = 't') => ({
  id: String(id),
  lane: 0,
  topic,
  key: `k${id}`,
  headers: {},
  value: `v${id}`,
});

describe('the relay and what is parked', () => {
  let due: ReturnType<typeof aRow>[];
  let gone: string[];
  let statements: Statement[];
  let producer: RecordingProducer;
  let relay: LaneOutboxRelay;

  beforeEach(() => {
    [due, gone, statements] = [[], [], []];
    producer = new RecordingProducer();
    relay = new LaneOutboxRelay({ pool: aDatabase(), producer, logger: quiet, pollMs: 5, batch: 2 });
  });
  afterEach(() => relay.stop());

  /** One relay, all lanes, an empty outbox but for what is due. */
  function aDatabase(): pg.Pool {
    const answer = ({ name, values }: Statement): object[] => {
      if (name === 'relay-members') return [{ pid: 1, mine: true, ended: false }];
      if (name.includes('pg_try_advisory_lock')) return [{ locked: true }];
      if (name.includes('update relay_lanes')) return [{ epoch: 7 }];
      if (name === 'relay-parked') return due.slice(0, Number(values[1])).map((row) => ({ ...row, due: true }));
      if (name === 'relay-still-there')
        return (values[0] as string[]).filter((id) => !gone.includes(id)).map((id) => ({ id }));
      if (name === 'relay-unpark') due = due.filter(({ id }) => id !== values[0]);
      return name === 'relay-park' ? [{ attempts: 2 }] : [];
    };
    const query = async (text: string | { name: string; values: unknown[] }, values: unknown[] = []) => {
      const statement = typeof text === 'string' ? { name: text, values } : { name: text.name, values: text.values };
      statements.push(statement);
      const rows = answer(statement);
      return { rows, rowCount: rows.length };
    };
    const client = Object.assign(new EventEmitter(), { query, release: () => undefined });
    return { query, connect: async () => client } as unknown as pg.Pool;
  }

  const position = (name: string): number => statements.findIndex((one) => one.name.includes(name));

  it('is not handed over by a relay that stops before its retry has ended', async () => {
    const asked = Promise.withResolvers<void>();
    const answer = Promise.withResolvers<void>();
    producer.before = () => {
      asked.resolve();
      return answer.promise;
    };
    due = [aRow(1)];
    await relay.start();
    await asked.promise;
    const stopped = relay.stop();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(position('pg_advisory_unlock_all')).toBe(-1);
    answer.resolve();
    await stopped;
    expect(producer.values).toEqual(['v1']);
    expect(position('relay-unpark')).toBeLessThan(position('pg_advisory_unlock_all'));
  });

  it('is not sent any more once somebody has dropped it, even while the retry of another topic is under way', async () => {
    due = [aRow(1), aRow(2, 'u')];
    producer.before = async () => void gone.push('2');
    await relay.start();
    await waitFor(() => statements.filter(({ name }) => name === 'relay-still-there').length >= 2, {
      what: 'the second topic',
    });
    await relay.stop();
    expect(producer.values).toEqual(['v1']);
  });

  it('is due as a whole when the broker takes one of its topic, and looked at again at once', async () => {
    due = [1, 2, 3, 4, 5, 6].map((id) => aRow(id));
    const began = performance.now();
    await relay.start();
    await waitFor(() => due.length === 0, { what: 'all of them' });
    expect(performance.now() - began).toBeLessThan(1_900); // three looks, which come once a second by themselves: two seconds at least
    expect(statements).toContainEqual({ name: 'relay-topic-is-back', values: ['t'] });
    expect(statements.find(({ name }) => name === 'relay-parked')?.values[1]).toBe(2);
  });

  it('leaves its topic alone while the broker refuses it', async () => {
    due = [aRow(1)];
    producer.before = async () => {
      due = [];
      throw new RecordRefused('too large');
    };
    await relay.start();
    await waitFor(() => position('relay-park') >= 0 && statements.some(({ name }) => name === 'relay-park'), {
      what: 'the refusal',
    });
    expect(position('relay-topic-is-back')).toBe(-1);
  });
});

it('commits that come while other replicas are being told are told of together, after it', async () => {
  const tellings: PromiseWithResolvers<void>[] = [];
  const query = async (): Promise<void> => {
    const telling = Promise.withResolvers<void>();
    tellings.push(telling);
    await telling.promise;
  };
  const lost = Promise.withResolvers<never>();
  const pool = { query, connect: () => lost.promise } as unknown as pg.Pool;
  const relay = new LaneOutboxRelay({ pool, producer: new RecordingProducer(), logger: quiet });
  await relay.start();
  relay.wake();
  relay.wake();
  relay.wake();
  expect(tellings).toHaveLength(1);
  tellings[0]?.resolve();
  await waitFor(() => tellings.length === 2, { what: 'the commits that came meanwhile to be told of' });
  tellings[1]?.reject(new Error('no connection'));
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(tellings).toHaveLength(2);
  const stopped = relay.stop();
  lost.reject(new Error('no connection'));
  await stopped;
});
