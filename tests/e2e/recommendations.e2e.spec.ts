import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Product, Recommendation, Recommendations } from '@souk/contracts';
import { waitFor } from '../../tools/cli/src/shop/wait-for.ts';
import { Shop } from './support/shop.ts';

/** From the moment at which the customer sees the order confirmed. */
const VISIBLE_MS = 1_000;
const CATCH_UP_MS = 15_000;
const PRICE = 1_250;

describe('what is bought together', () => {
  let shop: Shop;
  let pot: Product;
  let lid: Product;
  beforeAll(async () => {
    shop = await Shop.open();
    [pot, lid] = await Promise.all([shop.newProduct(20, PRICE), shop.newProduct(2, PRICE)]);
    // A new product must have reached recommendation as well, or the time would be the catalog's.
    await bought(await shop.newCustomer(), pot);
    await waitFor('recommendation knows the product', CATCH_UP_MS, async () =>
      (await suggested('?category=Test')).has(pot.sku),
    );
  });
  afterAll(() => shop.tidyUp());

  const bought = (token: string, ...products: Product[]) => {
    const lines = products.map(({ sku }) => ({ sku, quantity: 1 }));
    return shop.placed(token, { lines, total: PRICE * products.length });
  };
  const suggested = async (query: string, token?: string): Promise<Map<string, Recommendation>> => {
    const path = `/api/recommendations${query}&limit=50`;
    const { items } = await shop.api.expect<Recommendations>([200], 'GET', path, token === undefined ? {} : { token });
    return new Map(items.map((item) => [item.sku, item]));
  };
  const besides = async ({ productId }: Product, other: Product) =>
    (await suggested(`?productId=${productId}`)).get(other.sku)?.reason;

  it('shows within a second of the confirmation, says how often, and goes with a cancelled order', async () => {
    const token = await shop.newCustomer();
    const order = await bought(token, pot, lid);
    expect(order.status).toBe('confirmed');
    const reason = await waitFor('the pair', VISIBLE_MS, () => besides(pot, lid));
    expect(reason).toEqual({ kind: 'bought-together', count: 1, text: 'bought together once' });
    expect((await suggested('?customer=me', token)).has(lid.sku)).toBe(false);

    await shop.api.expect([200, 202], 'POST', `/api/orders/${order.orderId}/cancel`, { token });
    await waitFor(
      'the pair to be gone',
      CATCH_UP_MS,
      async () => (await besides(pot, lid))?.kind !== 'bought-together',
    );
  });

  it('leads a customer from what he has to what he has not', async () => {
    await bought(await shop.newCustomer(), pot, lid);
    const token = await shop.newCustomer();
    await bought(token, pot);
    const textOf = async () => (await suggested('?customer=me', token)).get(lid.sku)?.reason.text;
    const because = `bought together once with ${pot.name}`;
    await waitFor('the lid because of the pot', CATCH_UP_MS, async () => (await textOf()) === because);
  });

  it('does not offer what is sold out', async () => {
    await waitFor('the lid', CATCH_UP_MS, () => besides(pot, lid));
    await bought(await shop.newCustomer(), lid);
    await waitFor('the last one to be sold', CATCH_UP_MS, async () => (await besides(pot, lid)) === undefined);
    await shop.receive(lid.sku, 5);
    await waitFor('the lid to be back', CATCH_UP_MS, () => besides(pot, lid));
  });
});
