import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { create, update } from '../domain/product.js';
import { FRENCH_PRESS_ID, MONDAY, TUESDAY, aNewProduct } from '../test/product.mother.js';
import { openTestStore } from '../test/test-store.js';
import { MongoProductsRepository } from './mongo-products.repository.js';
import type { MongoStore } from './mongo-store.js';
import { restate } from './product.document.js';
import type { ProductDocument } from './product.document.js';
import { productsRepositorySuite } from './products.repository.suite.js';
import type { StoredEvent } from './products.repository.suite.js';

describe('products in MongoDB', () => {
  let store: MongoStore;
  let drop: () => Promise<void>;
  let woken: string[];
  let repository: MongoProductsRepository;

  beforeAll(async () => {
    const opened = await openTestStore();
    ({ store, drop } = opened);
    process.stdout.write(`products in MongoDB: the suite runs on ${opened.server}\n`);
  }, 30_000);
  afterAll(() => drop());

  const setUp = async () => {
    await store.products.deleteMany({});
    woken = [];
    repository = new MongoProductsRepository(store.products, (productId) => woken.push(productId));
    return { products: repository, events };
  };

  const pending = async (productId: string) =>
    (await store.products.findById(productId).lean<ProductDocument>())?.pending ?? [];

  const events = async (productId: string): Promise<StoredEvent[]> =>
    (await pending(productId)).map(({ key, headers, value }) => ({
      key,
      type: headers['ce_type'] ?? '',
      data: JSON.parse(value) as unknown,
    }));

  productsRepositorySuite(setUp);

  describe('the events inside the document', () => {
    it('wake the relay once they are stored, and only then', async () => {
      await setUp();
      await repository.insert(create(aNewProduct(), MONDAY), 'request');
      await repository.update(FRENCH_PRESS_ID, (product) => ({ product }));
      expect(woken).toEqual([FRENCH_PRESS_ID]);
      await repository.update(FRENCH_PRESS_ID, (product) => update(product, { ...product, name: 'New' }, TUESDAY));
      expect(woken).toEqual([FRENCH_PRESS_ID, FRENCH_PRESS_ID]);
    });

    it('are stated again with the id they had, as the newest event of the document', async () => {
      await setUp();
      await repository.insert(create(aNewProduct(), MONDAY), 'request');
      await repository.update(FRENCH_PRESS_ID, (product) => update(product, { ...product, name: 'New' }, TUESDAY));
      const [, newest] = await pending(FRENCH_PRESS_ID);
      await store.products.updateOne({ _id: FRENCH_PRESS_ID }, { $set: { pending: [], pendingLane: -1 } });
      await restate(store.products, [FRENCH_PRESS_ID, 'gone']);
      expect(await pending(FRENCH_PRESS_ID)).toEqual([newest]);
      expect(await store.products.countDocuments({ pendingLane: { $eq: -1 } })).toBe(0);
    });
  });

  it('states no old event again behind a newer one', async () => {
    await setUp();
    await repository.insert(create(aNewProduct(), MONDAY), 'request');
    const model = new Proxy(store.products, {
      get: (target, name: keyof typeof store.products) => {
        if (name !== 'updateOne') return typeof target[name] === 'function' ? target[name].bind(target) : target[name];
        return async (...args: Parameters<typeof target.updateOne>) => {
          await repository.update(FRENCH_PRESS_ID, (product) => update(product, { ...product, name: 'New' }, TUESDAY));
          return target.updateOne(...args);
        };
      },
    });
    await restate(model, [FRENCH_PRESS_ID]);
    expect((await events(FRENCH_PRESS_ID)).map(({ type }) => type)).toEqual([
      'product.created.v1',
      'product.updated.v1',
    ]);
  });

  it('refuses fields that no product has, instead of dropping them', async () => {
    await expect(store.products.updateOne({ _id: 'x' }, { $set: { admin: true } })).rejects.toThrow('strict mode');
    await expect(store.products.find({ admin: true } as never)).rejects.toThrow('strictQuery');
  });
});
