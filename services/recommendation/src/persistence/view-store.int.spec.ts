import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { configureFailpoints } from '@souk/failpoints';
import { MongoStore, StoreUnavailable } from '@souk/mongo';
import { uniqueMongoUrl } from '@souk/testing';
import { aProduct } from '../test/market.mother.js';
import { openGate } from '../test/tcp-gate.js';
import { ChangeFeed } from './change-feed.js';
import { type BasketDocument, collectionsOf, createIndexes, type ProductDocument } from './documents.js';
import { ViewStore } from './view-store.js';

const ANN = 7;
const logger = { warn: () => undefined };
const viewed = (id: number) => ({ id: `click-${id}`, kind: 'viewed', of: 'tea', at: id }) as const;
const level = (version: number, soldOut: boolean) => ({ _id: 'tea', version, soldOut });
const basket = (at: number): BasketDocument => ({
  _id: `basket-${at}`,
  version: 6,
  counts: at % 10 !== 0,
  customer: ANN,
  at,
  skus: ['tea'],
});

describe('the views in the store', () => {
  const url = uniqueMongoUrl('views');
  const store = new MongoStore({ url, logger, prepare: createIndexes });
  const collections = collectionsOf(store.db);
  const feed = new ChangeFeed(collections.changes);
  const views = new ViewStore(collections, feed, 12);

  beforeAll(() => store.open().then(() => undefined), 30_000);
  beforeEach(async () => {
    for (const name of ['baskets', 'products', 'stock', 'activity'] as const)
      await store.db.collection(name).deleteMany({});
  });
  afterEach(() => void configureFailpoints(''));
  afterAll(async () => {
    await store.db.dropDatabase();
    await store.close();
  });

  it('MV-11: keep the newest product, whoever of several writers is first', async () => {
    const { productId: _id, ...rest } = aProduct(1);
    const versions = [1, 5, 2, 4, 3].map((version): ProductDocument => ({ _id, ...rest, version }));
    for (let round = 0; round < 20; round++) {
      await collections.products.deleteMany({});
      await Promise.all(versions.map((version) => views.saveProducts([version])));
      expect(await collections.products.find().toArray()).toMatchObject([{ version: 5 }]);
    }
  });

  it('MV-11: refuse a level that is older than one that turned nothing', async () => {
    await views.saveStock([level(1, false)]);
    expect(await views.saveStock([level(5, false)])).toBe(false);
    expect(await views.saveStock([level(4, true)])).toBe(false);
    expect(await views.read(['stock/tea'])).toMatchObject({ stock: [level(5, false)] });
    expect(await views.saveStock([level(6, true)])).toBe(true);
  });

  it.each([
    ['the same level', [level(2, true)]],
    ['a later one that is sold out as well', [level(2, true), level(3, true)]],
  ])(
    'MV-11: tell of a product that is sold out where the writer died before he had: %s comes',
    async (_what, again) => {
      await views.saveStock([level(1, false)]);
      configureFailpoints('market.before-tell=throw@1');
      await expect(views.saveStock([level(2, true)])).rejects.toThrow('market.before-tell');
      const told = async () => (await collections.changes.findOne({ _id: 'changes' }))?.count ?? 0;
      const before = await told();
      expect(await views.saveStock(again)).toBe(true);
      expect(await told()).toBe(before + 1);
      expect(await views.saveStock(again)).toBe(false);
      expect(await told()).toBe(before + 1);
      expect((await views.read(['stock/tea'])).stock).toEqual([again.at(-1)]);
    },
  );

  it('lose no click of one customer that several processes write at once', async () => {
    const clicks = Array.from({ length: 12 }, (_, id) => viewed(id));
    await views.rememberActivity(new Map([[ANN, clicks.slice(0, 1)]]));
    for (let from = 1; from < clicks.length; from += 3) {
      const atOnce = clicks.slice(from, from + 3);
      await Promise.all(atOnce.map((click) => views.rememberActivity(new Map([[ANN, [click]]]))));
    }
    expect(await views.activityOf(ANN)).toEqual(clicks.toReversed());
  });

  it('are loaded with as many baskets as count, the newest first', async () => {
    await views.saveBaskets(Array.from({ length: 40 }, (_, at) => basket(at)));
    const read: number[] = [];
    await views.readAll(({ baskets = [] }) => read.push(...baskets.map(({ at }) => at)));
    expect(read).toEqual([39, 38, 37, 36, 35, 34, 33, 32, 31, 29, 28, 27]);
    expect(await collections.baskets.indexes()).toContainEqual(expect.objectContaining({ key: { counts: 1, at: -1 } }));
  });

  it('HEM: say soon that a customer’s clicks cannot be read', async () => {
    const gate = await openGate(new URL(url));
    const cut = new MongoStore({ url: gate.url, logger });
    await cut.open();
    const others = new ViewStore(collectionsOf(cut.db), feed);
    expect(await others.activityOf(ANN)).toEqual([]);
    await gate.shut();
    for (let call = 0; call < 3; call++) {
      const began = performance.now();
      await expect(others.activityOf(ANN)).rejects.toThrow(StoreUnavailable);
      expect(performance.now() - began).toBeLessThan(1_900); // the driver looks for a server for 2 s
    }
    await cut.close();
  });
});
