import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Collection } from 'mongodb';
import { ScratchMongo } from './mongo-server.mother.ts';

interface Order {
  readonly _id: string;
  readonly user: string;
  readonly placedAt: number;
  readonly tags?: readonly string[];
  readonly version?: number;
}

const anOrder = (number: number): Order => ({
  _id: `o-${String(number).padStart(5, '0')}`,
  user: `u-${number % 7}`,
  placedAt: number % 100,
  tags: [`t-${number % 5}`, `t-${number % 3}`],
});

describe('secondary indexes of the embedded MongoDB-wire server, kept', () => {
  let server: ScratchMongo;
  beforeEach(async () => {
    server = new ScratchMongo();
    await server.start();
  }, 180_000); // the servers may have to be fetched first
  afterEach(() => server.destroy());

  const orders = (name = 'orders'): Collection<Order> => server.client.db('kept').collection<Order>(name);

  const withIndexes = async (collection: Collection<Order>) => {
    await collection.createIndexes([
      { key: { user: 1, placedAt: -1 }, name: 'by-user' },
      { key: { tags: 1, placedAt: 1 }, name: 'by-tag' },
      { key: { placedAt: -1 }, name: 'by-time' },
    ]);
  };

  /** Each index gives what all documents give that are asked for by nothing. */
  const indexesAgree = async (collection: Collection<Order>) => {
    const all = await collection.find().toArray();
    const ids = (found: readonly Order[]) => found.map(({ _id }) => _id).sort();
    for (const user of new Set(all.map((one) => one.user)))
      expect(ids(await collection.find({ user }).toArray())).toEqual(ids(all.filter((one) => one.user === user)));
    for (const tag of new Set(all.flatMap((one) => one.tags ?? [])))
      expect(ids(await collection.find({ tags: tag }).toArray())).toEqual(
        ids(all.filter((one) => one.tags?.includes(tag))),
      );
    const newest = await collection.find({}).sort({ placedAt: -1 }).limit(1_000_000).toArray();
    expect(newest.map(({ placedAt }) => placedAt)).toEqual(
      all.map(({ placedAt }) => placedAt).sort((one, other) => other - one),
    );
    return all;
  };

  const restart = async (signal: 'SIGTERM' | 'SIGKILL') => {
    await server.stop(signal);
    await server.start();
  };

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'outlive a restart by %s, with their definitions',
    async (signal) => {
      await withIndexes(orders());
      await orders().insertMany(Array.from({ length: 500 }, (_, number) => anOrder(number)));
      await orders().updateMany({ user: 'u-3' }, { $set: { user: 'u-9' } });
      const before = await orders().indexes();
      await restart(signal);
      expect(await orders().indexes()).toEqual(before);
      expect(before.map(({ key }) => key)).toEqual(
        expect.arrayContaining([{ _id: 1 }, { user: 1, placedAt: -1 }, { tags: 1, placedAt: 1 }, { placedAt: -1 }]),
      );
      expect(await indexesAgree(orders())).toHaveLength(500);
      expect(await orders().countDocuments({ user: 'u-9' })).toBe(71);
    },
    60_000,
  );

  it('are built for what is already there, and go when they are dropped', async () => {
    await orders().insertMany(Array.from({ length: 300 }, (_, number) => anOrder(number)));
    await withIndexes(orders());
    await indexesAgree(orders());
    await orders().dropIndex('by-user');
    expect((await orders().indexes()).map(({ name }) => name)).not.toContain('by-user');
    await orders().insertOne({ ...anOrder(300), user: 'u-1' });
    await orders().createIndex({ user: 1, placedAt: -1 }, { name: 'by-user' });
    expect(await indexesAgree(orders())).toHaveLength(301);
  }, 60_000);

  it('follow a collection to its new name, and leave nothing for the next one of the old name', async () => {
    await withIndexes(orders('building'));
    await orders('building').insertMany(Array.from({ length: 50 }, (_, number) => anOrder(number)));
    await orders('building').rename('active');
    await withIndexes(orders('building'));
    await orders('building').insertOne(anOrder(1));
    await restart('SIGTERM');
    expect(await indexesAgree(orders('active'))).toHaveLength(50);
    expect(await indexesAgree(orders('building'))).toHaveLength(1);
  }, 60_000);

  it('agree with the documents after kill -9 under concurrent writers, and nothing acknowledged is lost', async () => {
    await withIndexes(orders());
    await orders().createIndex({ version: 1 });
    const acknowledged = new Map<string, number>();
    let dead = false;
    const writer = async (lane: number) => {
      for (let round = 1; !dead; round++) {
        const one = anOrder(lane * 1_000 + (round % 40));
        try {
          await orders().updateOne(
            { _id: one._id, version: { $not: { $gte: round } } },
            { $set: { ...one, _id: undefined, version: round, user: `u-${round % 5}` } as never },
            { upsert: true, ignoreUndefined: true },
          );
          acknowledged.set(one._id, round);
          if (round % 9 === 0) {
            await orders().deleteOne({ _id: one._id });
            acknowledged.delete(one._id);
          }
        } catch {
          // a delete that got no answer may or may not have happened
          if (round % 9 === 0) acknowledged.delete(one._id);
          return;
        }
      }
    };
    for (let kill = 0; kill < 3; kill++) {
      dead = false;
      const writers = Array.from({ length: 8 }, (_, lane) => writer(kill * 10 + lane));
      await new Promise((resolve) => setTimeout(resolve, 700));
      await restart('SIGKILL').finally(() => (dead = true));
      await Promise.all(writers);
      const all = await indexesAgree(orders());
      const versions = new Map(all.map(({ _id, version }) => [_id, version ?? 0]));
      for (const [id, version] of acknowledged)
        expect({ id, atLeast: (versions.get(id) ?? 0) >= version }).toEqual({ id, atLeast: true });
    }
    expect(acknowledged.size).toBeGreaterThan(20);
  }, 120_000);
});
