import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Cart, OrderAccepted, Problem, Product, ProductPage, PublicOrder } from '@souk/contracts';
import { waitFor } from '../../tools/cli/src/shop/wait-for.ts';
import { CARD, DECLINED_CARD, Shop } from './support/shop.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await Shop.open();
});
afterAll(() => shop.tidyUp());

describe('an order', () => {
  it('goes from browsing over the cart to confirmed', async () => {
    const ware = await shop.newProduct(5, 1_999);
    const token = await shop.newCustomer();
    const found = await shop.api.expect<ProductPage>([200], 'GET', `/api/products?q=${ware.sku}&category=Test`);
    expect(found.items.map(({ productId }) => productId)).toContain(ware.productId);

    const item = { sku: ware.sku, quantity: 2 };
    const cart = await shop.api.expect<Cart>([200, 201], 'POST', '/api/cart/items', { token, body: item });
    expect(cart).toMatchObject({ lines: [{ ...item, unitPrice: ware.price }], total: { amount: 3_998 } });

    const order = await shop.placed(token, { cartVersion: cart.version, total: 3_998 });
    expect(order).toMatchObject({ status: 'confirmed', lines: [item], total: { amount: 3_998, currency: 'EUR' } });
    await shop.untilStock({ sku: ware.sku, available: 3, reserved: 0, committed: 2 });
    const emptied = await shop.api.expect<Cart>([200], 'GET', '/api/cart', { token });
    expect(emptied.lines).toEqual([]);
  });

  it('tells its history in order, with growing versions and times', async () => {
    const ware = await shop.newProduct(1);
    const token = await shop.newCustomer();
    const order = await shop.placed(token, { lines: [{ sku: ware.sku, quantity: 1 }], total: 1_250 });
    const { events } = await shop.history(token, order.orderId);
    expect(events.map(({ version }) => version)).toEqual(events.map((_, index) => index + 1));
    expect(events.map(({ elapsedMs }) => elapsedMs)).toEqual(
      events.map(({ elapsedMs }) => elapsedMs).sort((a, b) => a - b),
    );
    expect(events[0]).toMatchObject({ elapsedMs: 0, type: expect.stringContaining('placed') });
    expect(events.at(-1)?.type).toContain('confirmed');
  });

  it('is rejected when stock is short, and leaves the stock as it was', async () => {
    const ware = await shop.newProduct(1);
    const order = await shop.placed(await shop.newCustomer(), {
      lines: [{ sku: ware.sku, quantity: 2 }],
      total: 2_500,
    });
    expect(order).toMatchObject({ status: 'rejected', rejection: 'out-of-stock' });
    await shop.untilStock({ sku: ware.sku, available: 1, reserved: 0, committed: 0 });
  });

  it('is rejected when the payment is declined, and the stock comes back', async () => {
    const ware = await shop.newProduct(3);
    const wish = { lines: [{ sku: ware.sku, quantity: 2 }], total: 2_500, card: DECLINED_CARD };
    const order = await shop.placed(await shop.newCustomer(), wish);
    expect(order).toMatchObject({ status: 'rejected', rejection: 'payment-declined' });
    await shop.untilStock({ sku: ware.sku, available: 3, reserved: 0, committed: 0 });
  });

  it('is refunded when it is cancelled after it was confirmed, and the stock comes back', async () => {
    const ware = await shop.newProduct(4);
    const token = await shop.newCustomer();
    const { orderId } = await shop.placed(token, { lines: [{ sku: ware.sku, quantity: 3 }], total: 3_750 });
    await shop.api.expect([200, 202], 'POST', `/api/orders/${orderId}/cancel`, { token });
    await waitFor('the money is back', 15_000, async () => (await shop.order(token, orderId)).status === 'refunded');
    await shop.untilStock({ sku: ware.sku, available: 4, reserved: 0, committed: 0 });
    await waitFor('nothing is outstanding', 15_000, async () => {
      const { outstanding } = await shop.order(token, orderId);
      return outstanding?.refund !== true && outstanding?.stock !== true;
    });
  });

  it('is shipped by the shop, returned by its customer, and refunded, and the stock comes back', async () => {
    const ware = await shop.newProduct(4);
    const [token, admin] = [await shop.newCustomer(), await shop.admin()];
    const { orderId } = await shop.placed(token, { lines: [{ sku: ware.sku, quantity: 3 }], total: 3_750 });
    const [ship, giveBack] = [`/api/admin/orders/${orderId}/ship`, `/api/orders/${orderId}/return`];
    await shop.api.expect([403], 'POST', ship, { token });
    expect(await shop.api.expect<Problem>([409], 'POST', giveBack, { token })).toMatchObject({
      code: 'order-not-returnable',
    });
    const shipped = await shop.api.expect<PublicOrder>([202], 'POST', ship, { token: admin });
    expect(shipped).toMatchObject({ status: 'shipped', returnUntil: expect.any(String) });
    await shop.api.expect([409], 'POST', `/api/orders/${orderId}/cancel`, { token });
    await shop.untilStock({ sku: ware.sku, available: 1, reserved: 0, committed: 3 });

    for (let time = 0; time < 2; time++) await shop.api.expect([202], 'POST', giveBack, { token });
    await waitFor('the money is back', 15_000, async () => (await shop.order(token, orderId)).status === 'refunded');
    await shop.untilStock({ sku: ware.sku, available: 4, reserved: 0, committed: 0 });
    const { events } = await shop.history(token, orderId);
    expect(events.filter(({ type }) => type === 'return-requested')).toHaveLength(1);
    const then = await shop.as(token).getOrderHistory({
      path: { id: orderId },
      query: { at: shipped.shippedAt },
      throwOnError: true,
    });
    expect(then.data.order).toMatchObject({ status: 'shipped', version: shipped.version });
  });

  it('that is cancelled at once ends with everything given back', async () => {
    const ware = await shop.newProduct(4);
    const token = await shop.newCustomer();
    const answer = await shop.place(token, { lines: [{ sku: ware.sku, quantity: 1 }], total: 1_250 });
    await shop.api.expect([200, 202], 'POST', `/api/orders/${answer.body.orderId}/cancel`, { token });
    await waitFor('the order is over', 15_000, async () => {
      const { status, outstanding } = await shop.order(token, answer.body.orderId);
      return ['cancelled', 'refunded'].includes(status) && outstanding?.refund !== true && outstanding?.stock !== true;
    });
    await shop.untilStock({ sku: ware.sku, available: 4, reserved: 0, committed: 0 });
  });

  it('is refused after a price change until the customer accepts the new price', async () => {
    const ware = await shop.newProduct(2, 1_000);
    const token = await shop.newCustomer();
    const body = { version: 0, lines: [{ sku: ware.sku, quantity: 1 }] };
    const cart = await shop.api.expect<Cart>([200], 'PUT', '/api/cart', { token, body });
    const price = { amount: 1_100, currency: 'EUR' };
    const admin = await shop.admin();
    await shop.api.expect<Product>([200], 'PUT', `/api/admin/products/${ware.productId}/price`, {
      token: admin,
      body: { price },
    });
    await shop.untilOrderPrices(ware.sku, 1_100);

    const refused = await shop.place<Problem>(token, { cartVersion: cart.version, total: 1_000 });
    expect(refused).toMatchObject({ status: 409, body: { code: 'price-changed' } });
    const order = await shop.placed(token, { cartVersion: cart.version, total: 1_100 });
    expect(order).toMatchObject({ status: 'confirmed', total: price });
  });
});

describe('the Idempotency-Key', () => {
  it('gives the same answer to the same request, and one order', async () => {
    const ware = await shop.newProduct(10);
    const token = await shop.newCustomer();
    const wish = { lines: [{ sku: ware.sku, quantity: 1 }], total: 1_250, key: randomUUID() };
    const answers = await Promise.all(Array.from({ length: 5 }, () => repeat(token, wish)));
    const again = await shop.place(token, wish);
    for (const { status, body } of answers) expect({ status, body }).toEqual({ status: 202, body: again.body });
    await shop.finalState(token, again.body.orderId);
    await shop.untilStock({ sku: ware.sku, available: 9, reserved: 0, committed: 1 });
  });

  it('refuses another body with 422', async () => {
    const ware = await shop.newProduct(10);
    const token = await shop.newCustomer();
    const wish = { lines: [{ sku: ware.sku, quantity: 1 }], total: 1_250, key: randomUUID() };
    await shop.placed(token, wish);
    const other = await shop.place<Problem>(token, { ...wish, lines: [{ sku: ware.sku, quantity: 2 }], total: 2_500 });
    expect(other).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
    await shop.untilStock({ sku: ware.sku, available: 9, reserved: 0, committed: 1 });
  });

  it('belongs to its user: another may use the same key', async () => {
    const ware = await shop.newProduct(10);
    const wish = { lines: [{ sku: ware.sku, quantity: 1 }], total: 1_250, key: randomUUID() };
    const first = await shop.placed(await shop.newCustomer(), wish);
    const second = await shop.placed(await shop.newCustomer(), wish);
    expect(second.orderId).not.toBe(first.orderId);
  });

  /** While the first request is under way a repeat may be told so with 409; then the client asks again. */
  function repeat(token: string, wish: Parameters<Shop['place']>[1]) {
    return waitFor('the repeat is answered', 10_000, async () => {
      const answer = await shop.place<OrderAccepted>(token, wish);
      return answer.status === 409 ? false : answer;
    });
  }
});

describe('many orders at once', () => {
  it('sell one unit to exactly one of 50 buyers', async () => {
    const ware = await shop.newProduct(1);
    const wish = { lines: [{ sku: ware.sku, quantity: 1 }], total: 1_250 };
    const buyers = await Promise.all(Array.from({ length: 50 }, () => shop.newCustomer()));
    const orders = await Promise.all(buyers.map((token) => shop.placed(token, wish)));
    const reasons = orders.map(({ status, rejection }) => (status === 'rejected' ? rejection : status));
    expect(reasons.filter((reason) => reason === 'confirmed')).toHaveLength(1);
    expect(reasons.filter((reason) => reason === 'out-of-stock')).toHaveLength(49);
    await shop.untilStock({ sku: ware.sku, available: 0, reserved: 0, committed: 1 });
  });

  it('with the same lines in opposite order do not block each other', async () => {
    const [one, two] = await Promise.all([shop.newProduct(100), shop.newProduct(100)]);
    const there = [one, two].map(({ sku }) => ({ sku, quantity: 1 }));
    const back = [...there].reverse();
    const token = await shop.newCustomer();
    const wishes = Array.from({ length: 40 }, (_, index) => ({
      lines: index % 2 === 0 ? there : back,
      total: 2_500,
      card: CARD,
    }));
    const orders = await Promise.all(wishes.map((wish) => shop.placed(token, wish)));
    expect(orders.map(({ status }) => status)).toEqual(orders.map(() => 'confirmed'));
    await shop.untilStock({ sku: one.sku, available: 60, reserved: 0, committed: 40 });
    await shop.untilStock({ sku: two.sku, available: 60, reserved: 0, committed: 40 });
  });
});
