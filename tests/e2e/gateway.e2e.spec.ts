import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { categories, product, productPage, stockLevel } from '@souk/contracts';
import { Shop } from './support/shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open();
});
afterAll(() => shop.tidyUp());

const get = (path: string) => shop.api.expect<Record<string, unknown>>([200], 'GET', path);

describe('browsing without an account', () => {
  it('lists products by page, category and text, sorted', async () => {
    const page = productPage.parse(await get('/api/products?pageSize=5&page=2&sort=price'));
    expect(page).toMatchObject({ page: 2, pageSize: 5 });
    expect(page.items).toHaveLength(5);
    expect(page.total).toBeGreaterThanOrEqual(200);
    const amounts = page.items.map(({ price }) => price.amount);
    expect(amounts).toEqual([...amounts].sort((a, b) => a - b));
  });

  it('finds a product by its words, its category and its id', async () => {
    const { items } = categories.parse(await get('/api/categories'));
    expect(items.length).toBeGreaterThanOrEqual(8);
    const category = items[0]?.name ?? '';
    const inCategory = productPage.parse(await get(`/api/products?category=${encodeURIComponent(category)}`));
    expect(new Set(inCategory.items.map((item) => item.category))).toEqual(new Set([category]));
    const first = inCategory.items[0];
    const word = first?.name.split(' ')[0] ?? '';
    const found = productPage.parse(await get(`/api/products?pageSize=100&q=${encodeURIComponent(word)}`));
    expect(found.items.map(({ productId }) => productId)).toContain(first?.productId);
    expect(product.parse(await get(`/api/products/${first?.productId}`))).toEqual(first);
    expect(stockLevel.parse(await get(`/api/stock/${first?.sku}`)).sku).toBe(first?.sku);
  });

  it('shows a product page made of product and stock', async () => {
    const ware = await shop.newProduct(9);
    const page = JSON.stringify(await get(`/api/pages/product/${ware.productId}`));
    expect(page).toContain(ware.name);
    expect(page).toContain('"available":9');
  });

  it('gets a guide in text at the door', async () => {
    const response = await fetch(shop.gatewayUrl, { headers: { accept: 'text/plain' } });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/plain');
    expect(await response.text()).toContain('/api/products');
  });
});

describe('every answer', () => {
  it('carries the correlation id that the caller sent', async () => {
    const correlation = 'e2e-correlation-1';
    const { headers } = await shop.api.send('GET', '/api/categories', { headers: { 'x-correlation-id': correlation } });
    expect(headers.get('x-correlation-id')).toBe(correlation);
  });
});

describe('an order', () => {
  it('streams its states until the last', async () => {
    const ware = await shop.newProduct(1);
    const token = await shop.newCustomer();
    const { body } = await shop.place(token, { lines: [{ sku: ware.sku, quantity: 1 }], total: 1_250 });
    const response = await fetch(new URL(`/api/orders/${body.orderId}/stream`, shop.gatewayUrl), {
      headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream' },
      signal: AbortSignal.timeout(15_000),
    });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    expect(await untilText(response, 'confirmed')).toContain('data:');
  });

  it('has an ETag that is its version', async () => {
    const ware = await shop.newProduct(1);
    const token = await shop.newCustomer();
    const order = await shop.placed(token, { lines: [{ sku: ware.sku, quantity: 1 }], total: 1_250 });
    const answer = await shop.api.send('GET', `/api/orders/${order.orderId}`, { token });
    expect(answer.headers.get('etag')).toContain(String(order.version));
  });
});

/** Reads a stream until it contains the text, and returns what was read. */
async function untilText(response: Response, text: string): Promise<string> {
  const decoder = new TextDecoder();
  let seen = '';
  for await (const chunk of response.body ?? []) {
    seen += decoder.decode(chunk as Uint8Array, { stream: true });
    if (seen.includes(text)) return seen;
  }
  throw new Error(`the stream ended without "${text}": ${seen}`);
}
