import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { BatchAnswer, HomePageView, Product, ProductPageView, Recommendations } from '@souk/contracts';
import { waitFor } from '../../tools/cli/src/shop/wait-for.ts';
import { Shop } from './support/shop.ts';

const CATCH_UP_MS = 15_000;

describe('pages, batches and what people do', () => {
  let shop: Shop;
  let ware: Product;
  beforeAll(async () => {
    shop = await Shop.open();
    ware = await shop.newProduct(5);
  });
  afterAll(() => shop.tidyUp());

  const get = <T>(path: string, token?: string) =>
    shop.api.expect<T>([200], 'GET', path, token === undefined ? {} : { token });
  const suggestedTo = async (token: string) =>
    (await get<Recommendations>('/api/recommendations?customer=me&limit=50', token)).items;

  it('AGG-1 a product page has product, stock and recommendations', async () => {
    const path = `/api/pages/product/${ware.productId}`;
    // The first page after a start may find a service that is still compiling itself.
    const page = await waitFor('the page is whole', CATCH_UP_MS, async () => {
      const view = await get<ProductPageView>(path);
      return [...view.missing, ...(view.aged ?? [])].length === 0 ? view : false;
    });
    expect(page).toMatchObject({
      product: { sku: ware.sku },
      stock: { available: 5 },
      recommendations: expect.any(Array),
    });
  });

  it('AGG-1 the home page has what is new, what is popular, and for customers what is theirs', async () => {
    const home = await get<HomePageView>('/api/pages/home');
    expect(home.newest.map(({ sku }) => sku)).toContain(ware.sku);
    expect(home).not.toHaveProperty('forYou');
    const mine = await get<HomePageView>('/api/pages/home', await shop.newCustomer());
    expect(mine).toHaveProperty('forYou');
  });

  it('AGG-2 a batch writes in order and reads what it wrote', async () => {
    const token = await shop.newCustomer();
    const requests = [
      { id: 'before', path: '/api/cart' },
      { id: 'add', method: 'POST', path: '/api/cart/items', body: { sku: ware.sku, quantity: 2 } },
      { id: 'more', method: 'POST', path: '/api/cart/items', body: { sku: ware.sku, quantity: 1 } },
      { id: 'after', path: '/api/cart' },
      { id: 'stock', path: `/api/stock/${ware.sku}` },
      { id: 'admin', path: '/api/admin/orders' },
    ];
    const { responses } = await shop.api.expect<BatchAnswer>([200], 'POST', '/api/batch', {
      token,
      body: { requests },
    });
    expect(responses).toMatchObject([
      { id: 'before', status: 200, body: { lines: [] } },
      { id: 'add', status: 200 },
      { id: 'more', status: 200 },
      { id: 'after', status: 200, body: { lines: [{ sku: ware.sku, quantity: 3 }] } },
      { id: 'stock', status: 200, body: { available: 5 } },
      { id: 'admin', status: 403, body: { code: 'forbidden' } },
    ]);
  });

  it.each<[string, (token: string) => Promise<unknown>]>([
    ['a page', (token) => get(`/api/pages/product/${ware.productId}`, token)],
    ['a product', (token) => get(`/api/products/${ware.productId}`, token)],
    [
      'a report of a client',
      (token) => {
        const body = { type: 'product-viewed', productId: ware.productId };
        return shop.api.expect([202], 'POST', '/api/activity', { token, body });
      },
    ],
  ])('OFF-8 who looked at it by %s finds it among what was looked at', async (_what, look) => {
    const token = await shop.newCustomer();
    expect((await suggestedTo(token)).map(({ sku }) => sku)).not.toContain(ware.sku);
    await look(token);
    const seen = await waitFor('the view has arrived', CATCH_UP_MS, async () =>
      (await suggestedTo(token)).find(({ sku }) => sku === ware.sku),
    );
    expect(seen.reason.kind).toBe('recently-viewed');
  });
});
