import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { uniqueMongoUrl } from '@souk/testing';
import type { Collection } from 'mongodb';
import { fillNewest, keepNewest, renewNewest, type Versioned } from './keep-newest.js';
import { MongoStore } from './mongo-store.js';
import { StoreUnavailable } from './store-unavailable.js';

interface Thing extends Versioned {
  readonly name?: string;
}

describe.each([
  ['keepNewest', keepNewest],
  ['fillNewest', fillNewest],
  ['renewNewest', renewNewest],
] as const)('%s', (_name, write) => {
  let store: MongoStore;
  let things: Collection<Thing>;
  beforeAll(async () => {
    store = new MongoStore({ url: uniqueMongoUrl('newest'), logger: { warn: () => undefined } });
    await store.open();
    things = store.db.collection<Thing>('things');
  });
  beforeEach(() => things.deleteMany({}).then(() => undefined));
  afterAll(async () => {
    await store.db.dropDatabase();
    await store.close();
  });
  const all = () => things.find().sort({ _id: 1 }).toArray();
  const a = (version: number, name = `v${version}`): Thing => ({ _id: 'a', version, name });

  it('writes what is new and what is newer, and nothing else', async () => {
    await write(things, [a(1), { _id: 'b', version: 5 }]);
    await write(things, [a(3), { _id: 'b', version: 4, name: 'late' }, { _id: 'c', version: 1 }]);
    await write(things, [a(3, 'again')]);
    const third = write === renewNewest ? a(3, 'again') : a(3);
    expect(await all()).toEqual([third, { _id: 'b', version: 5 }, { _id: 'c', version: 1 }]);
  });

  it('takes the newest of those that come together', async () => {
    await write(things, [a(2), a(4), a(3)]);
    expect(await all()).toEqual([a(4)]);
  });

  it('replaces the whole document: a field that is gone is gone', async () => {
    await write(things, [a(1)]);
    await write(things, [{ _id: 'a', version: 2 }]);
    expect(await all()).toEqual([{ _id: 'a', version: 2 }]);
  });

  it('takes nothing', async () => {
    await write(things, []);
    expect(await all()).toEqual([]);
  });

  it('CQ-10: many writers at once leave the newest, whoever inserts first', async () => {
    for (let round = 0; round < 20; round++) {
      await things.deleteMany({});
      await Promise.all([1, 5, 2, 4, 3].map((version) => write(things, [a(version)])));
      expect(await all()).toEqual([a(5)]);
    }
  });

  it('gives the refused ones a second look: another writer may have inserted an older one in between', async () => {
    await things.insertOne(a(1));
    // As it looks to the loser of that race: the key is there although nothing newer is.
    let first = true;
    const racing = new Proxy(things, {
      get: (target, name: keyof typeof things) => {
        if (name === 'bulkWrite' || name === 'insertMany') {
          if (!first) return target[name].bind(target);
          first = false;
          return () => things.insertMany([a(2)]);
        }
        return target[name];
      },
    });
    await write(racing, [a(2)]);
    expect(await all()).toEqual([a(2)]);
  });

  it('throws what is no duplicate', async () => {
    const broken = new MongoStore({ url: 'mongodb://127.0.0.1:1/nowhere', logger: { warn: () => undefined } });
    await expect(write(broken.db.collection<Thing>('things'), [a(1)])).rejects.toThrow(StoreUnavailable);
    await broken.close();
  });
});
