import { beforeEach, describe, expect, it } from '@jest/globals';
import { changePrice, create, retire, update } from '../domain/product.js';
import type { NewProduct, Product } from '../domain/product.js';
import { FRENCH_PRESS_ID, MONDAY, TUESDAY, aNewProduct } from '../test/product.mother.js';
import type { ProductsQuery, ProductsRepository } from './products.repository.js';

/** An event as it waits to be published. */
export interface StoredEvent {
  readonly type: string;
  readonly key: string;
  readonly data: unknown;
}

export interface RepositoryUnderTest {
  readonly products: ProductsRepository;
  /** All events stored with this product that nobody has published. */
  readonly events: (productId: string) => Promise<StoredEvent[]>;
}

const euros = (amount: number) => ({ amount, currency: 'EUR' });
const idOf = (n: number): string => `019537a0-0000-7000-8000-${String(n).padStart(12, '0')}`;
const everything: ProductsQuery = { sort: 'name', page: 1, pageSize: 100 };

/** What every ProductsRepository does. `setUp` gives an empty one. */
export const productsRepositorySuite = (setUp: () => Promise<RepositoryUnderTest>): void => {
  let products: ProductsRepository;
  let events: RepositoryUnderTest['events'];

  beforeEach(async () => {
    ({ products, events } = await setUp());
  });

  const add = async (n: number, change: Partial<NewProduct> = {}, at = MONDAY): Promise<Product> => {
    const created = create(aNewProduct({ productId: idOf(n), sku: `SKU-${n}`, ...change }), at);
    await products.insert(created, 'request');
    return created.product;
  };
  const names = async (query: Partial<ProductsQuery>): Promise<string[]> =>
    (await products.list({ ...everything, ...query })).items.map(({ name }) => name);

  describe('one product', () => {
    it('is read as it was written, to the millisecond', async () => {
      const { product } = create(aNewProduct(), MONDAY);
      await products.insert({ product, fact: 'created' }, 'request');
      expect(await products.get(FRENCH_PRESS_ID)).toEqual(product);
    });

    it('that nobody wrote is not found', async () => {
      await expect(products.get(FRENCH_PRESS_ID)).rejects.toMatchObject({ code: 'product-not-found' });
      await expect(products.update(FRENCH_PRESS_ID, (product) => ({ product }))).rejects.toMatchObject({
        code: 'product-not-found',
      });
    });

    it('keeps an empty description', async () => {
      await add(1, { description: '' });
      expect((await products.get(idOf(1))).description).toBe('');
    });
  });

  describe('inserting', () => {
    it('an id that exists changes nothing and tells what is there', async () => {
      const product = await add(1);
      const again = create(aNewProduct({ productId: idOf(1), sku: 'SKU-1', name: 'Other' }), TUESDAY);
      expect(await products.insert(again, 'other request')).toEqual({ inserted: false, product, request: 'request' });
      expect(await events(idOf(1))).toHaveLength(1);
    });

    it('a sku that exists is refused', async () => {
      await add(1, { sku: 'TAKEN' });
      await expect(add(2, { sku: 'TAKEN' })).rejects.toMatchObject({ code: 'sku-taken' });
      await expect(products.get(idOf(2))).rejects.toMatchObject({ code: 'product-not-found' });
    });

    it('twenty times at once creates one product', async () => {
      const created = create(aNewProduct(), MONDAY);
      const outcomes = await Promise.all(Array.from({ length: 20 }, () => products.insert(created, 'request')));
      expect(outcomes.filter(({ inserted }) => inserted)).toHaveLength(1);
      expect(await events(FRENCH_PRESS_ID)).toHaveLength(1);
    });
  });

  describe('updating', () => {
    it('stores each change with its event, which carries the full state of that version', async () => {
      await add(1);
      await products.update(idOf(1), (product) => changePrice(product, euros(2990), TUESDAY));
      await products.update(idOf(1), (product) => update(product, { ...product, name: 'Steel press' }, TUESDAY));
      await products.update(idOf(1), (product) => retire(product, TUESDAY));
      const stored = await events(idOf(1));
      expect(stored.map(({ type }) => type)).toEqual([
        'product.created.v1',
        'product.price-changed.v1',
        'product.updated.v1',
        'product.retired.v1',
      ]);
      expect(stored.map(({ key }) => key)).toEqual([idOf(1), idOf(1), idOf(1), idOf(1)]);
      const common = { productId: idOf(1), sku: 'SKU-1', category: 'Kitchen' };
      expect(stored.map(({ data }) => data)).toMatchObject([
        { ...common, version: 1, price: euros(3490), updatedAt: MONDAY.toISOString(), status: 'active' },
        { ...common, version: 2, price: euros(2990), updatedAt: TUESDAY.toISOString() },
        { ...common, version: 3, price: euros(2990), name: 'Steel press' },
        { ...common, version: 4, price: euros(2990), name: 'Steel press', status: 'retired' },
      ]);
    });

    it('stores nothing when nothing was decided', async () => {
      const product = await add(1);
      expect(await products.update(idOf(1), (same) => ({ product: same }))).toEqual(product);
      expect(await events(idOf(1))).toHaveLength(1);
    });

    it('stores nothing when the decision was a refusal', async () => {
      const product = await add(1);
      const refuse = (): never => {
        throw new Error('no');
      };
      await expect(products.update(idOf(1), refuse)).rejects.toThrow('no');
      expect(await products.get(idOf(1))).toEqual(product);
    });

    it('by thirty writers at once loses no change and repeats no version', async () => {
      await add(1, { price: euros(0) });
      const raise = (product: Product) => changePrice(product, euros(product.price.amount + 1), TUESDAY);
      await Promise.all(Array.from({ length: 30 }, () => products.update(idOf(1), raise)));
      expect(await products.get(idOf(1))).toMatchObject({ version: 31, price: euros(30) });
      const stored = await events(idOf(1));
      expect(stored.map(({ data }) => data)).toMatchObject(Array.from({ length: 31 }, (_, n) => ({ version: n + 1 })));
    });

    it('finds the product under its new words only', async () => {
      await add(1, { name: 'Kettle', description: '' });
      await products.update(idOf(1), (product) => update(product, { ...product, name: 'Teapot' }, TUESDAY));
      expect(await names({ q: 'kettle' })).toEqual([]);
      expect(await names({ q: 'teapot' })).toEqual(['Teapot']);
    });
  });

  describe('searching', () => {
    beforeEach(async () => {
      await add(1, { name: 'Café set', description: 'Cups and saucers for two.' });
      await add(2, { name: 'French press', description: 'Coffee for eight small cups.' });
      await add(3, { name: 'Cushion', description: 'Linen.', category: 'Home' });
    });

    it.each<[string, string[]]>([
      ['cups', ['Café set', 'French press']],
      ['CUP', ['Café set', 'French press']],
      ['small cups', ['French press']],
      ['cups linen', []],
      ['cafe', ['Café set']],
      ['fé', []],
      ['  press,  french! ', ['French press']],
      ['.*', []],
      ['^c', ['Café set', 'Cushion', 'French press']],
      ['$ne', []],
    ])('for %j finds %j', async (q, found) => {
      expect(await names({ q })).toEqual(found);
    });

    it('narrows by category, exactly', async () => {
      expect(await names({ q: 'cu', category: 'Home' })).toEqual(['Cushion']);
      expect(await names({ category: 'home' })).toEqual([]);
    });

    it('takes an operator for a value', async () => {
      expect(await names({ category: { $ne: 'Home' } as never }).catch((error: Error) => error.name)).toBe('CastError');
    });

    it('leaves retired products out', async () => {
      await products.update(idOf(3), (product) => retire(product, TUESDAY));
      expect(await names({})).toEqual(['Café set', 'French press']);
      expect(await products.get(idOf(3))).toMatchObject({ status: 'retired' });
    });
  });

  describe('listing', () => {
    beforeEach(async () => {
      await add(1, { name: 'apron', price: euros(300) }, TUESDAY);
      await add(2, { name: 'Zester', price: euros(100) }, MONDAY);
      await add(3, { name: 'Étagère', price: euros(200) }, TUESDAY);
    });

    it.each<[ProductsQuery['sort'], string[]]>([
      ['name', ['apron', 'Étagère', 'Zester']],
      ['-name', ['Zester', 'Étagère', 'apron']],
      ['price', ['Zester', 'Étagère', 'apron']],
      ['-price', ['apron', 'Étagère', 'Zester']],
      ['newest', ['Étagère', 'apron', 'Zester']],
    ])('by %s', async (sort, expected) => {
      expect(await names({ sort })).toEqual(expected);
    });

    it.each<ProductsQuery['sort']>(['name', '-name', 'price', '-price', 'newest'])(
      'by %s shows every one of many equal products on exactly one page',
      async (sort) => {
        for (let n = 10; n < 30; n++) await add(n, { name: 'Same', price: euros(100) });
        const pages = await Promise.all(
          [1, 2, 3, 4].map((page) => products.list({ q: 'same', sort, page, pageSize: 7 })),
        );
        expect(pages.map(({ items, total }) => [items.length, total])).toEqual([
          [7, 20],
          [7, 20],
          [6, 20],
          [0, 20],
        ]);
        expect(new Set(pages.flatMap(({ items }) => items.map(({ productId }) => productId))).size).toBe(20);
      },
    );
  });

  describe('categories', () => {
    it('are counted over active products, by name', async () => {
      await add(1, { category: 'Toys' });
      await add(2, { category: 'Home' });
      await add(3, { category: 'Toys' });
      await add(4, { category: 'Office' });
      await products.update(idOf(4), (product) => retire(product, TUESDAY));
      expect(await products.categories()).toEqual([
        { name: 'Home', products: 1 },
        { name: 'Toys', products: 2 },
      ]);
    });

    it('of an empty catalog are none', async () => {
      expect(await products.categories()).toEqual([]);
    });
  });
};
