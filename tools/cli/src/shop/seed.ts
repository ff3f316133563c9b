import type { Cart, StockLevel } from '@souk/contracts';
import { ApiClient } from './api-client.ts';
import type { ShopContext } from './context.ts';
import { patiently } from './patiently.ts';
import { seedProducts, type SeedProduct } from './seed-products.ts';
import { waitFor } from './wait-for.ts';

const PRODUCTS_PER_RECEIPT = 100;
const PRODUCTS_PER_CART = 50;
const CONCURRENCY = 8;
const ORDER_CATCH_UP_MS = 60_000;

export interface SeedResult {
  products: number;
  created: number;
}

/** Fills an empty shop with products and stock; every step may be repeated. Needs a running gateway. */
export async function seedShop(ctx: ShopContext): Promise<SeedResult> {
  const api = new ApiClient(ctx.gatewayUrl, ctx.instance);
  const products = await seedProducts();
  if (await isSeeded(api, products)) return { products: products.length, created: 0 };
  const admin = await ctx.token('admin');
  const created = await createProducts(api, admin, products);
  await waitUntilOrderKnows(api, await ctx.token('seed-probe'), products);
  await receiveStock(api, admin, products);
  return { products: products.length, created };
}

/** The stock of the last product is the last thing that seeding writes, so it stands for all of it. */
async function isSeeded(api: ApiClient, products: SeedProduct[]): Promise<boolean> {
  const last = products.at(-1);
  const { status, body } = await api.send<StockLevel>('GET', `/api/stock/${last?.sku}`);
  return status === 200 && body.available + body.reserved + body.committed > 0;
}

async function createProducts(api: ApiClient, token: string, products: SeedProduct[]): Promise<number> {
  const queue = [...products];
  let created = 0;
  const worker = async () => {
    for (let product = queue.shift(); product !== undefined; product = queue.shift()) {
      const { stock: _stock, ...body } = product;
      const send = () => api.expectAnswer([200, 201], 'POST', '/api/admin/products', { token, body });
      const { status } = await patiently(send);
      if (status === 201) created += 1;
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  return created;
}

async function receiveStock(api: ApiClient, token: string, products: SeedProduct[]): Promise<void> {
  for (let from = 0; from < products.length; from += PRODUCTS_PER_RECEIPT) {
    const part = products.slice(from, from + PRODUCTS_PER_RECEIPT);
    const lines = part.map(({ sku, stock }) => ({ sku, quantity: stock }));
    const body = { receiptId: `seed-${from / PRODUCTS_PER_RECEIPT + 1}`, lines };
    await patiently(() => api.expect([200, 201], 'POST', '/api/admin/stock/receipts', { token, body }));
  }
}

/** Order takes names and prices from catalog's events; a cart that holds a product proves that order has seen it. */
async function waitUntilOrderKnows(api: ApiClient, token: string, products: SeedProduct[]): Promise<void> {
  for (let from = 0; from < products.length; from += PRODUCTS_PER_CART) {
    const lines = products.slice(from, from + PRODUCTS_PER_CART).map(({ sku }) => ({ sku, quantity: 1 }));
    await waitFor('the order service knows the seeded products', ORDER_CATCH_UP_MS, async () => {
      const { version } = await patiently(() => api.expect<Cart>([200], 'GET', '/api/cart', { token }));
      const { status } = await api.send('PUT', '/api/cart', { token, body: { version, lines } });
      return status === 200;
    });
  }
  await api.send('DELETE', '/api/cart', { token });
}
