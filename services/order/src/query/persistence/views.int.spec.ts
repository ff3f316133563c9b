import { afterEach, describe, expect, it } from '@jest/globals';
import { createQueryApp, type QueryApp } from '../test/query-app.js';
import { Views } from './views.js';

describe('the views', () => {
  let shop: QueryApp;
  afterEach(() => shop.close());

  it('a generation that another process has just begun is not taken away', async () => {
    shop = await createQueryApp();
    await shop.settled();
    const { db } = shop.store;
    const indexes = async (name: string) =>
      (
        await db
          .collection(name)
          .indexes()
          .catch(() => [])
      ).length;
    // Begun between the two looks of the one who tidies up.
    const tidying = new Views(
      new Proxy(db, {
        get: (target, name: keyof typeof db) =>
          name === 'listCollections'
            ? () => ({
                toArray: async () => {
                  await shop.views.beginBuilding('aaaaaaaaaaaa');
                  return db.listCollections({}, { nameOnly: true }).toArray();
                },
              })
            : target[name],
      }),
    );
    await tidying.dropUnused();
    expect(await indexes('orders_aaaaaaaaaaaa')).toBe(5);
    // Tidied up while it is begun.
    const beginning = new Views(
      new Proxy(db, {
        get: (target, name: keyof typeof db) =>
          name === 'collection'
            ? (collection: string) =>
                collection.startsWith('sales_')
                  ? { createIndex: async () => shop.views.dropUnused() }
                  : db.collection(collection)
            : target[name],
      }),
    );
    await beginning.beginBuilding('bbbbbbbbbbbb');
    expect(await indexes('orders_bbbbbbbbbbbb')).toBe(5);
    await shop.settled();
  }, 60_000);
});
