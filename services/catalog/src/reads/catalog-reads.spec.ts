import { beforeEach, describe, expect, it } from '@jest/globals';
import { CacheAside, MemoryLevel } from '@souk/cache';
import { product, productPage, serviceSettings, topics } from '@souk/contracts';
import { outdateIn } from '../cache.providers.js';
import { changePrice, create, retire } from '../domain/product.js';
import { OutdatingProducer } from '../messaging/outdating-producer.js';
import { OutdateFirstRepository } from '../persistence/outdating-products.naive.js';
import { OutdatingProductsRepository } from '../persistence/outdating-products.repository.js';
import type { Outdate } from '../persistence/outdating-products.repository.js';
import type { ProductsQuery, ProductsRepository } from '../persistence/products.repository.js';
import { CountedProducts } from '../test/counted-products.js';
import { aNewProduct, aProduct, FRENCH_PRESS_ID, MONDAY, TUESDAY } from '../test/product.mother.js';
import { CatalogReads } from './catalog-reads.js';
import { kindsOf } from './kinds.js';

const firstPage: ProductsQuery = { sort: 'name', page: 1, pageSize: 20 };
const CHEAPER = { amount: 2990, currency: 'EUR' };
const OTHER_ID = '019537a0-0000-7000-8000-000000000002';

describe('what is read of the catalog', () => {
  let store: CountedProducts;
  let level: MemoryLevel;
  let cache: CacheAside;
  let reads: CatalogReads;
  let products: ProductsRepository;
  const settings = { value: serviceSettings.catalog.parse({}) };

  const replica = () => {
    const own = new CacheAside({ namespace: 'catalog:1', shared: level, maxBytes: 1_000_000 });
    return { cache: own, reads: new CatalogReads(store, own, kindsOf(settings)) };
  };

  beforeEach(async () => {
    settings.value = serviceSettings.catalog.parse({});
    store = new CountedProducts();
    level = new MemoryLevel();
    ({ cache, reads } = replica());
    products = new OutdatingProductsRepository(store, outdateIn(cache));
    await store.insert({ product: aProduct(), fact: 'created' });
  });

  const price = async (by = reads) => product.parse(JSON.parse(await by.product(FRENCH_PRESS_ID))).price.amount;
  const prices = async (by = reads, query = firstPage) =>
    productPage.parse(JSON.parse(await by.list(query))).items.map((item) => item.price.amount);
  const makeCheaper = (by = products) => by.update(FRENCH_PRESS_ID, (before) => changePrice(before, CHEAPER, TUESDAY));
  /** How often the store is asked meanwhile. */
  const queriesOf = async (read: () => Promise<unknown>): Promise<number> => {
    const before = store.queries;
    await read();
    return store.queries - before;
  };

  it('CCH-1 is asked of the store once: a product, a list, the categories, also by another replica', async () => {
    for (const by of [reads, reads, replica().reads]) {
      expect(await price(by)).toBe(3490);
      expect(await prices(by)).toEqual([3490]);
      expect(JSON.parse(await by.categories())).toEqual({ items: [{ name: 'Kitchen', products: 1 }] });
    }
    expect(store.queries).toBe(3);
  });

  it('CCH-7 shows a change at once, on every replica, in product, list and categories', async () => {
    const other = replica().reads;
    const everything = async () =>
      Promise.all([price(), price(other), prices(), prices(other), reads.categories(), other.categories()]);
    await everything();
    await makeCheaper();
    await products.insert(create(aNewProduct({ productId: OTHER_ID, category: 'Garden' }), MONDAY), 'request');
    const [own, others, ownList, othersList, ownCategories, othersCategories] = await everything();
    expect([own, others]).toEqual([2990, 2990]);
    expect([ownList, othersList]).toEqual([
      [2990, 3490],
      [2990, 3490],
    ]);
    expect(ownCategories).toContain('Garden');
    expect(othersCategories).toBe(ownCategories);
  });

  it('is outdated by writes alone: a repeat that changes nothing, a refusal, a conflict cost no copy', async () => {
    await makeCheaper();
    await prices();
    const repeats = async () => {
      await makeCheaper();
      await expect(products.update(OTHER_ID, (same) => ({ product: same }))).rejects.toThrow();
      store.insert = async () => ({ inserted: false, product: aProduct(), request: 'r' });
      await products.insert({ product: { ...aProduct(), version: 99 }, fact: 'created' }, 'r');
      await prices();
    };
    expect(await queriesOf(repeats)).toBe(0);
  });

  it('is outdated by the repeat of one who died before he had', async () => {
    await prices();
    const created = create(aNewProduct({ productId: OTHER_ID }), MONDAY);
    await store.insert(created);
    store.insert = async () => ({ inserted: false, product: created.product, request: 'r' });
    await products.insert(created, 'r');
    expect(await prices()).toHaveLength(2);
  });

  it('is never what a command decides on', async () => {
    await price();
    await store.update(FRENCH_PRESS_ID, (before) => retire(before, TUESDAY));
    await expect(makeCheaper()).rejects.toMatchObject({ code: 'product-retired' });
  });

  it('CCH-4 is 404 as long as there is nothing, and no longer', async () => {
    await expect(reads.product(OTHER_ID)).rejects.toMatchObject({ code: 'product-not-found' });
    await store.insert(create(aNewProduct({ productId: OTHER_ID }), MONDAY));
    expect(JSON.parse(await reads.product(OTHER_ID))).toMatchObject({ version: 1 });
  });

  it('CCH-6 is there before anybody asks: categories and the newest products of the home page', async () => {
    await reads.prime();
    const home = () => Promise.all([reads.categories(), reads.list({ sort: 'newest', page: 1, pageSize: 12 })]);
    expect(await queriesOf(home)).toBe(0);
  });

  it('CCH-6 is there for all replicas: it waits until the shared cache is found, two seconds at most', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const limits: number[] = [];
    level.up = false;
    level.known = (limitMs) => {
      limits.push(limitMs);
      return promise;
    };
    const primed = reads.prime();
    await new Promise((turn) => setImmediate(turn));
    expect([limits, store.queries]).toEqual([[2_000], 0]);
    level.up = true;
    resolve();
    await primed;
    expect(level.entries.size).toBe(2);
    const other = replica().reads;
    const home = () => Promise.all([other.categories(), other.list({ sort: 'newest', page: 1, pageSize: 12 })]);
    expect(await queriesOf(home)).toBe(0);
  });

  describe('CCH-5 is not kept', () => {
    it.each<[string, Partial<ProductsQuery>]>([
      ['searches', { q: 'press' }],
      ['pages that nobody leafs to', { page: 6 }],
      ['pages of an unusual size', { pageSize: 17 }],
      ['empty pages, which everybody can make up', { category: 'made up' }],
    ])('of %s', async (_what, change) => {
      const twice = async () => {
        for (let n = 0; n < 2; n++) await prices(reads, { ...firstPage, ...change });
      };
      expect(await queriesOf(twice)).toBe(2);
      expect(level.entries.size).toBe(0);
    });

    it('under an id that can be no product', async () => {
      const twice = async () => {
        for (let n = 0; n < 2; n++) await reads.product('x'.repeat(10_000)).catch(() => undefined);
      };
      expect(await queriesOf(twice)).toBe(2);
      expect(cache.counters.all()).toEqual([]);
    });
  });

  it('has a place for each order, page, size and category', async () => {
    const queries: ProductsQuery[] = [
      firstPage,
      { ...firstPage, sort: '-name' },
      { ...firstPage, page: 2 },
      { ...firstPage, pageSize: 50 },
      { ...firstPage, category: 'Kitchen' },
    ];
    const all = async () => {
      for (const query of [...queries, ...queries]) await reads.list(query);
    };
    expect(await queriesOf(all)).toBe(queries.length);
  });

  describe('while a price is changed and somebody reads in between', () => {
    /** The first page, read again after the copies were outdated and before the store has the new price, or the other way round. */
    const readInBetween = async (how: new (stored: ProductsRepository, outdate: Outdate) => ProductsRepository) => {
      const outdate: Outdate = async (...change) => {
        await outdateIn(cache)(...change);
        await prices();
        await price();
      };
      await prices();
      await makeCheaper(new how(store, outdate));
      return { list: await prices(), product: await price() };
    };

    it('CCH-2 nothing old is left, because the store comes first', async () =>
      expect(await readInBetween(OutdatingProductsRepository)).toEqual({ list: [2990], product: 2990 }));

    it('CCH-2 the old list is left where copies go first', async () =>
      expect(await readInBetween(OutdateFirstRepository)).toEqual({ list: [3490], product: 2990 }));
  });

  it('CCH-12 a slow reader leaves nothing old', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    store.after = promise;
    const late = [price(), prices()];
    await new Promise((turn) => setImmediate(turn));
    store.after = Promise.resolve();
    await makeCheaper();
    resolve();
    expect(await Promise.all(late)).toEqual([3490, [3490]]);
    for (const by of [reads, replica().reads]) expect([await price(by), await prices(by)]).toEqual([2990, [2990]]);
  });

  describe('events about products', () => {
    const sent: string[] = [];
    const inner = {
      send: async (records: readonly { key: string }[]) => void sent.push(...records.map(({ key }) => key)),
    };
    const event = (version: number, topic: string = topics.catalogProducts.name) => ({
      topic,
      key: FRENCH_PRESS_ID,
      value: '{}',
      headers: { ce_aggregateversion: String(version) },
    });

    it('CCH-7 outdate what somebody has changed who could not say so any more', async () => {
      await Promise.all([price(), prices()]);
      await makeCheaper(store);
      expect(await price()).toBe(3490);
      const producer = new OutdatingProducer({ ...inner, close: async () => undefined }, outdateIn(cache));
      await producer.send([event(2, 'another.topic')]);
      expect(await price()).toBe(3490);
      await producer.send([event(1), event(2)]);
      expect(sent).toHaveLength(3);
      await new Promise((turn) => setImmediate(turn));
      expect([await price(), await prices()]).toEqual([2990, [2990]]);
    });

    it('outdate nothing that was not sent', async () => {
      await price();
      await makeCheaper(store);
      const refusing = { send: () => Promise.reject(new Error('the broker is down')), close: async () => undefined };
      await expect(new OutdatingProducer(refusing, outdateIn(cache)).send([event(2)])).rejects.toThrow('down');
      expect(await price()).toBe(3490);
    });
  });

  it('lives as long as the settings say, from the next copy on', async () => {
    const kinds = kindsOf(settings);
    expect([kinds.product.ttlMs(), kinds.list.ttlMs(), kinds.categories.ttlMs()]).toEqual([60_000, 60_000, 300_000]);
    expect([kinds.product.localMs(), kinds.product.absentMs?.()]).toEqual([1_000, 0]);
    settings.value = { ...settings.value, cacheProductSeconds: 5, cacheListSeconds: 6, cacheCategoriesSeconds: 7 };
    expect([kinds.product.ttlMs(), kinds.list.ttlMs(), kinds.categories.ttlMs()]).toEqual([5_000, 6_000, 7_000]);
  });

  it('of another shape is no answer', () => {
    const { list, categories, product: one } = kindsOf(settings);
    for (const kind of [list, categories, one]) {
      for (const value of [undefined, null, {}, [], { items: [{}] }, { items: 'many' }, 'text'])
        expect(kind.isValid(value)).toBe(false);
    }
  });
});
