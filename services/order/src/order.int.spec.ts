import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type PublicOrder, TEST_TOKENS, topics } from '@souk/contracts';
import { waitFor } from '@souk/testing';
import { v7 as uuidv7 } from 'uuid';
import { createTestApp, type TestApp } from './test/order-app.js';
import { card, clientOf, problem } from './test/order-client.js';
import { aProduct, aRequest } from './test/order-database.js';

let shop: TestApp;
beforeAll(async () => {
  shop = await createTestApp();
});
afterAll(() => shop?.close());

const { call, place, ended, history } = clientOf(() => shop);

describe('an order over HTTP', () => {
  it('is accepted with its links and confirmed while the client waits', async () => {
    const accepted = await place();
    const { orderId, links } = accepted.body;
    expect(accepted).toMatchObject({
      status: 202,
      headers: { location: `/api/orders/${orderId}` },
      body: { status: 'placed' },
    });
    expect(links.stream).toBe(`/api/orders/${orderId}/stream`);
    const order = await ended(orderId);
    expect(order).toMatchObject({ status: 200, headers: { etag: '"6"' }, body: { status: 'confirmed', version: 6 } });
    expect(shop.payment.of(orderId)).toEqual(['captured']);
    const steps = [
      'placed',
      'stock-reserved',
      'payment-authorised',
      'stock-committed',
      'payment-captured',
      'confirmed',
    ];
    expect((await history(orderId)).map(({ type }) => type)).toEqual(steps);
    expect((await call('GET', `/orders/${orderId}`, { headers: { 'if-none-match': '"6"' } })).status).toBe(304);
  });

  it('is rejected when the stock or the payment is refused, and nothing stays authorised', async () => {
    const soldOut = await place(aRequest({ lines: [{ sku: 'SOLD-OUT', quantity: 1 }] }));
    expect((await ended(soldOut.body.orderId)).body).toMatchObject({ status: 'rejected', rejection: 'out-of-stock' });
    const declined = await place(card(TEST_TOKENS.declined));
    expect((await ended(declined.body.orderId)).body).toMatchObject({
      status: 'rejected',
      rejection: 'payment-declined',
    });
    expect(shop.payment.of(declined.body.orderId)).toEqual(['declined']);
  });

  it('CMP-8: is confirmed although payment answers 503 for a while', async () => {
    shop.payment.failures = 3;
    const { orderId } = (await place()).body;
    expect((await ended(orderId)).body.status).toBe('confirmed');
    expect(shop.payment.of(orderId)).toEqual(['captured']);
  });

  it('SAS-12: streams its events and ends with the last one', async () => {
    const { orderId } = (await place()).body;
    const { headers, payload } = await shop.app.inject({
      url: `/orders/${orderId}/stream`,
      headers: await shop.as('alice'),
    });
    expect(headers['content-type']).toBe('text/event-stream');
    expect(payload.match(/^event: .*$/gm)).toHaveLength(6);
    expect(payload).toMatch(/id: 6\nevent: confirmed\ndata: \{.*\}\n\n$/);
    const resumed = { ...(await shop.as('alice')), 'last-event-id': '5' };
    const rest = await shop.app.inject({ url: `/orders/${orderId}/stream`, headers: resumed });
    expect(rest.payload.match(/^event: .*$/gm)).toEqual(['event: confirmed']);
  });
});

describe('cancelling over HTTP', () => {
  it('ES-5: refunds a confirmed order, and its history shows both', async () => {
    const { orderId } = (await place()).body;
    await ended(orderId);
    const cancelled = await call<PublicOrder>('POST', `/orders/${orderId}/cancel`);
    expect(cancelled).toMatchObject({
      status: 202,
      body: { status: 'cancelled', outstanding: { refund: true, stock: true } },
    });
    expect((await ended(orderId)).body).toMatchObject({ status: 'refunded' });
    expect(shop.payment.of(orderId)).toEqual(['refunded']);
    const told = (await history(orderId)).map(({ type }) => type);
    expect(told).toEqual(expect.arrayContaining(['confirmed', 'cancelled', 'stock-returned', 'payment-refunded']));
    expect((await call('POST', `/orders/${orderId}/cancel`)).status).toBe(202);
  });

  it('stops an order on its way', async () => {
    shop.inventory.silent = true;
    const { orderId } = (await place()).body;
    const cancelled = await call<PublicOrder>('POST', `/orders/${orderId}/cancel`);
    expect(cancelled.body.status).toBe('cancel-requested');
    await waitFor(
      () =>
        shop.inventory.produced.some(
          ({ key, headers }) => key === orderId && headers['ce_type'] === 'release-reservation.v1',
        ),
      {
        what: 'the release to be sent',
      },
    );
    shop.inventory.silent = false;
    const lines = [{ sku: 'TEAPOT', quantity: 1 }];
    await shop.inventory.deliver(topics.inventoryReservations, 'stock.reservation-released.v1', orderId, {
      orderId,
      lines,
    });
    expect((await ended(orderId)).body).toMatchObject({
      status: 'cancelled',
      outstanding: { refund: false, stock: false },
    });
    expect(shop.payment.of(orderId)).toEqual([]);
  });

  it('is refused for a rejected order', async () => {
    const { orderId } = (await place(card(TEST_TOKENS.declined))).body;
    await ended(orderId);
    expect(await call('POST', `/orders/${orderId}/cancel`)).toMatchObject(problem(409, 'order-not-cancellable'));
  });
});

describe('privacy', () => {
  it('somebody else’s order is missing, for an admin it is not', async () => {
    const { orderId } = (await place()).body;
    const missing = await call('GET', `/orders/${uuidv7()}`, { user: 'mallory' });
    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/cancel'],
      ['POST', '/return'],
      ['GET', '/history'],
      ['GET', '/stream'],
    ] as const) {
      const answer = await call(method, `/orders/${orderId}${path}`, { user: 'mallory' });
      expect(answer).toMatchObject(problem(404, 'order-not-found'));
      expect(answer.body['detail']).toBe(missing.body['detail']);
    }
    expect((await ended(orderId)).body.status).toBe('confirmed');
    expect((await call('GET', `/orders/${orderId}`, { user: 'root', roles: ['admin'] })).status).toBe(200);
    expect(await call('GET', '/orders/no-uuid')).toMatchObject(problem(404, 'order-not-found'));
  });
});

describe('bad requests', () => {
  const wrong: [string, object, string, number][] = [
    ['an unknown product', aRequest({ lines: [{ sku: 'NOTHING', quantity: 1 }] }), 'unknown-product', 404],
    ['another total', aRequest({ expectedTotal: { amount: 1, currency: 'EUR' } }), 'price-changed', 409],
    ['a zero quantity', aRequest({ lines: [{ sku: 'CUP', quantity: 0 }] }), 'validation-failed', 400],
    ['an unknown field', { ...aRequest(), discount: 100 }, 'validation-failed', 400],
    ['a cart nobody has seen', aRequest({ lines: undefined, cartVersion: 7 }), 'cart-version', 409],
  ];
  it.each(wrong)('%s', async (_, body, code, status) => {
    expect(await place(body)).toMatchObject(problem(status, code));
  });

  it('no key, and a key with another body', async () => {
    expect(await call('POST', '/orders', { body: aRequest() })).toMatchObject(problem(400, 'idempotency-key-missing'));
    const headers = { 'idempotency-key': 'k' };
    await place(aRequest(), { headers });
    const other = await place(card('tok_other'), { headers });
    expect(other).toMatchObject(problem(422, 'idempotency-key-reused'));
  });

  it('what nobody reads: a query of the history, a body of a cancellation', async () => {
    const { orderId } = (await place()).body;
    for (const wish of [
      call('GET', `/orders/${orderId}/history?foo=1`),
      call('POST', `/orders/${orderId}/cancel`, { body: { a: 1 } }),
      call('GET', '/cart?x=1'),
    ])
      expect(await wish).toMatchObject(problem(400, 'validation-failed'));
    expect(await call('POST', `/orders/${orderId}/cancel`, { body: {} })).toMatchObject({ status: 202 });
  });

  it('errors without fields have no list of them', async () => {
    expect((await call('GET', '/orders/no-uuid')).body).not.toHaveProperty('errors');
  });

  it('a wait that is too long is told in words', async () => {
    const { body } = await call('GET', '/orders/no-uuid?wait=31s');
    expect(body).toMatchObject({ errors: [{ path: 'wait', message: 'a number of seconds from 1s to 30s' }] });
  });

  it('nobody signed in', async () => {
    expect(await call('GET', '/cart', { user: 'anonymous' })).toMatchObject(problem(401, 'authentication-required'));
  });
});

describe('the cart over HTTP', () => {
  it('is filled, replaced, ordered and then empty', async () => {
    const user = 'carol';
    expect((await call('GET', '/cart', { user })).body).toEqual({
      version: 0,
      lines: [],
      total: { amount: 0, currency: 'EUR' },
    });
    await call('POST', '/cart/items', { user, body: { sku: 'CUP', quantity: 2 } });
    const lines = [{ sku: 'TEAPOT', quantity: 1 }];
    const cart = await call('PUT', '/cart', { user, body: { version: 1, lines } });
    expect(cart).toMatchObject({ status: 200, body: { version: 2, lines, total: { amount: 2_500 } } });
    expect(await call('PUT', '/cart', { user, body: { version: 1, lines } })).toMatchObject(
      problem(409, 'cart-version'),
    );
    const accepted = await place(aRequest({ lines: undefined, cartVersion: 2 }), { user });
    expect(accepted.status).toBe(202);
    expect((await call('GET', '/cart', { user })).body).toMatchObject({ version: 3, lines: [] });
    expect(await place(aRequest({ lines: undefined, cartVersion: 3 }), { user })).toMatchObject(
      problem(409, 'cart-empty'),
    );
  });

  it('takes no product that is unknown or retired, and can be emptied', async () => {
    const user = 'dora';
    const add = (sku: string) => call('POST', '/cart/items', { user, body: { sku, quantity: 1 } });
    expect(await add('NOTHING')).toMatchObject(problem(404, 'unknown-product'));
    await shop.inventory.deliver(topics.catalogProducts, 'product.retired.v1', 'OLD', {
      ...aProduct('OLD', 2),
      status: 'retired',
    });
    expect(await add('OLD')).toMatchObject(problem(409, 'product-retired'));
    expect((await add('CUP')).status).toBe(200);
    expect((await call('DELETE', '/cart', { user })).status).toBe(204);
    expect((await call('GET', '/cart', { user })).body).toMatchObject({ version: 2, lines: [] });
  });
});
