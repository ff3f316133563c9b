import { beforeEach, describe, expect, it } from '@jest/globals';
import type { KafkaRecord } from '@souk/kafka';
import { LettersInMemory } from './dead-letter-store.mother.js';
import { letterOf, ViewDeadLetters } from './view-dead-letters.js';

const ID = 'things.v1-0-2';
const poison: KafkaRecord = {
  topic: 'things.v1',
  partition: 0,
  offset: '2',
  key: 'bad',
  headers: { ce_type: 'thing.v1', ce_id: 'id-2' },
  value: Buffer.from('{"n":2}'),
};
const failure = { cause: 'poison', attempts: 5, firstAt: new Date(1_000), lastAt: new Date(2_000) };

describe('CC-5: dead letters of views', () => {
  let store: LettersInMemory;
  let applied: KafkaRecord[];
  let onApply: () => Promise<void>;
  let letters: ViewDeadLetters;

  beforeEach(async () => {
    store = new LettersInMemory();
    applied = [];
    onApply = async () => undefined;
    letters = new ViewDeadLetters({
      store,
      apply: async (record) => {
        applied.push(record);
        await onApply();
      },
      isOutage: (error) => error instanceof Error && error.message === 'away',
    });
    await store.put(letterOf(poison, failure));
  });

  it('are listed with cause and attempts, and shown with their bytes', async () => {
    const { items, total } = await letters.list({ limit: 10 });
    expect(total).toBe(1);
    expect(items).toEqual([
      {
        id: ID,
        kind: 'view',
        topic: 'things.v1',
        key: 'bad',
        type: 'thing.v1',
        messageId: 'id-2',
        waiting: 0,
        ...failure,
      },
    ]);
    expect(await letters.find(ID)).toMatchObject({ value: '{"n":2}', encoding: 'utf8', headers: poison.headers });
  });

  it('are counted without being read', async () => {
    store.list = () => Promise.reject(new Error('listed'));
    expect(await letters.count()).toBe(1);
  });

  it('are handled again as they arrived, once', async () => {
    expect(await letters.replay(ID)).toEqual({ outcome: 'released', applied: 1, waiting: 0, blockedBy: null });
    expect(applied).toEqual([poison]);
    await expect(letters.replay(ID)).rejects.toMatchObject({ code: 'dead-letter-not-found' });
    expect(await letters.count()).toBe(0);
  });

  it('stay dead with their new cause when they fail again', async () => {
    onApply = () => Promise.reject(new Error('still poison'));
    expect(await letters.replay(ID)).toMatchObject({
      outcome: 'still-dead',
      blockedBy: { id: ID, cause: 'still poison' },
    });
    expect(await letters.find(ID)).toMatchObject({ cause: 'still poison', attempts: 6 });
    expect(store.taken.size).toBe(0);
  });

  it('are left as they are while the store of the views is away', async () => {
    onApply = () => Promise.reject(new Error('away'));
    await expect(letters.replay(ID)).rejects.toThrow('away');
    expect(await letters.find(ID)).toMatchObject({ cause: 'poison', attempts: 5 });
  });

  it('are discarded without their effect; of two operators the second is told', async () => {
    store.taken.add(ID);
    await expect(letters.discard(ID)).rejects.toMatchObject({ code: 'dead-letter-busy', kind: 'conflict' });
    store.taken.clear();
    await letters.discard(ID);
    expect(applied).toEqual([]);
    await expect(letters.find(ID)).rejects.toMatchObject({ code: 'dead-letter-not-found' });
  });
});
