import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { letterOf } from '@souk/messaging';
import { uniqueMongoUrl } from '@souk/testing';
import { MongoClient } from 'mongodb';
import { MongoDeadLetters, prepareDeadLetters } from './mongo-dead-letters.js';

const at = (ms: number): Date => new Date(ms);

describe('dead letters of views in MongoDB', () => {
  const client = new MongoClient(uniqueMongoUrl('dead_letters'));
  let now = 0;
  const letters = new MongoDeadLetters(client.db(), () => at(now));

  beforeAll(async () => {
    await client.connect();
    await prepareDeadLetters(client.db());
  });
  afterAll(async () => {
    await client.db().dropDatabase();
    await client.close();
  });
  beforeEach(async () => {
    now = 10_000;
    await client.db().collection('dead_letters').deleteMany({});
  });

  const letter = (key: string, offset: number, value = Buffer.from('{"n":1}')) =>
    letterOf(
      { topic: 'things.v1', partition: 3, offset: String(offset), key, headers: { 'ce.type': 'x', $odd: 'y' }, value },
      { cause: 'poison', attempts: 5, firstAt: at(offset), lastAt: at(offset + 1) },
    );

  it('come back as they went in, bytes and odd header names too', async () => {
    const binary = letter('a', 1, Buffer.from([0, 255, 1]));
    await letters.put(binary);
    await letters.put(binary);
    expect(await letters.find('things.v1-3-1')).toEqual(binary);
    expect(binary.encoding).toBe('base64');
    expect(await letters.find('things.v1-3-2')).toBeUndefined();
  });

  it('are listed by topic and key, the oldest first', async () => {
    for (const one of [letter('b', 7), letter('a', 5), letter('a', 6)]) await letters.put(one);
    const ids = async (filter: object) =>
      (await letters.list({ limit: 2, ...filter })).items.map(({ id }) => id.split('-')[2]);
    expect(await ids({})).toEqual(['5', '6']);
    expect([(await letters.list({ limit: 2 })).total, await letters.count()]).toEqual([3, 3]);
    expect(await ids({ key: 'b' })).toEqual(['7']);
    expect(await ids({ topic: 'others.v1' })).toEqual([]);
  });

  it('go to one operator at a time; who dies with one loses it', async () => {
    await letters.put(letter('a', 1));
    expect(await letters.take('things.v1-3-1', 1_000)).toMatchObject({ key: 'a' });
    expect(await letters.take('things.v1-3-1', 1_000)).toBeUndefined();
    now += 1_000;
    expect(await letters.take('things.v1-3-1', 1_000)).toMatchObject({ key: 'a' });
    await letters.failedAgain('things.v1-3-1', 'again', at(99));
    expect(await letters.take('things.v1-3-1', 1_000)).toMatchObject({ cause: 'again', attempts: 6, lastAt: at(99) });
    await letters.remove('things.v1-3-1');
    expect((await letters.list({ limit: 1 })).total).toBe(0);
  });
});
