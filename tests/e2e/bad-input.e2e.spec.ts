import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Cart, Problem, Product } from '@souk/contracts';
import { generateKeyPair, SignJWT } from 'jose';
import { ADDRESS, CARD, Shop } from './support/shop.ts';

const STOCK = 5;
let shop: Shop;
let ware: Product;
let token: string;

beforeAll(async () => {
  shop = await Shop.open();
  ware = await shop.newProduct(STOCK);
  token = await shop.newCustomer();
});
afterAll(() => shop.tidyUp());

const validOrder = () => ({
  lines: [{ sku: ware.sku, quantity: 1 }],
  expectedTotal: { amount: 1_250, currency: 'EUR' },
  address: ADDRESS,
  paymentMethod: CARD,
});

/** Every error is a problem document whose status is the response's and whose code names the fault. */
function expectProblem(answer: { status: number; problem: Problem; type: string }, status: number, code: string) {
  expect(answer).toMatchObject({ status, problem: { status, code } });
  expect(answer.type).toContain('application/problem+json');
  expect(answer.problem.traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(answer.problem.instance).toMatch(/^\/(api|internal|metrics|jwks\.json|products)/);
}

const post = (body: string, headers: Record<string, string> = {}) =>
  shop.raw('/api/orders', {
    method: 'POST',
    body,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
      ...headers,
    },
  });

describe('an order that cannot be', () => {
  const line = (quantity: unknown) => ({ lines: [{ sku: ware.sku, quantity }] });
  const cases: [string, () => object, number, string][] = [
    ['an unknown product', () => ({ lines: [{ sku: 'NO-SUCH-SKU', quantity: 1 }] }), 404, 'unknown-product'],
    ['quantity zero', () => line(0), 400, 'validation-failed'],
    ['a negative quantity', () => line(-1), 400, 'validation-failed'],
    ['a huge quantity', () => line(1_001), 400, 'validation-failed'],
    ['a quantity beyond every integer', () => line(1e300), 400, 'validation-failed'],
    ['a fraction', () => line(1.5), 400, 'validation-failed'],
    ['a quantity in words', () => line('one'), 400, 'validation-failed'],
    ['no lines', () => ({ lines: [] }), 400, 'validation-failed'],
    ['the same sku twice', () => ({ lines: [...validOrder().lines, ...validOrder().lines] }), 400, 'validation-failed'],
    ['lines and a cart', () => ({ cartVersion: 1 }), 400, 'validation-failed'],
    ['a cart as nobody has seen it', () => ({ lines: undefined, cartVersion: 9 }), 409, 'cart-version'],
    ['an unknown field', () => ({ coupon: 'FREE' }), 400, 'validation-failed'],
    ['an unknown field further down', () => ({ address: { ...ADDRESS, planet: 'Mars' } }), 400, 'validation-failed'],
    ['another total', () => ({ expectedTotal: { amount: 1, currency: 'EUR' } }), 409, 'price-changed'],
    ['another currency', () => ({ expectedTotal: { amount: 1_250, currency: 'USD' } }), 409, 'price-changed'],
  ];

  it.each(cases)('because of %s is refused, and its key stays free', async (_, change, status, code) => {
    const key = randomUUID();
    const customer = await shop.newCustomer();
    const headers = { authorization: `Bearer ${customer}`, 'idempotency-key': key };
    const answer = await post(JSON.stringify({ ...validOrder(), ...change() }), headers);
    expectProblem(answer, status, code);
    const other = await shop.newProduct(1);
    const accepted = await shop.place(customer, { lines: [{ sku: other.sku, quantity: 1 }], total: 1_250, key });
    expect(accepted.status).toBe(202);
  });

  it('because the cart is empty is refused', async () => {
    const customer = await shop.newCustomer();
    const put = { token: customer, body: { version: 0, lines: [] } };
    const { version } = await shop.api.expect<Cart>([200], 'PUT', '/api/cart', put);
    const answer = await shop.place<Problem>(customer, { cartVersion: version, total: 0 });
    expect(answer).toMatchObject({ status: 409, body: { code: 'cart-empty' } });
  });

  it('names the wrong field', async () => {
    const { problem } = await post(JSON.stringify({ ...validOrder(), ...line(0) }));
    expect(problem.errors?.map(({ path }) => path)).toEqual(['lines.0.quantity']);
  });

  it('because JSON is malformed is refused', async () => {
    expectProblem(await post('{"lines": ['), 400, 'malformed-json');
    expectProblem(await post(''), 400, 'malformed-json');
  });

  it('because the body is no JSON object is refused', async () => {
    for (const body of ['null', '[]', '"order"', '42']) expectProblem(await post(body), 400, 'validation-failed');
  });

  it('because it is not JSON at all is refused', async () => {
    for (const type of ['text/plain', 'application/xml', 'multipart/form-data; boundary=x']) {
      expectProblem(await post(JSON.stringify(validOrder()), { 'content-type': type }), 415, 'unsupported-media-type');
    }
  });

  it('because it is over 1 MiB is refused', async () => {
    const note = 'x'.repeat(1_100_000);
    expectProblem(await post(JSON.stringify({ ...validOrder(), note })), 413, 'body-too-large');
  });

  it('does not poison the prototype of anything', async () => {
    expect((await post('{"__proto__": {"admin": true}, "lines": []}')).status).toBe(400);
    expect((await post('{"constructor": {"prototype": {"admin": true}}}')).status).toBe(400);
  });

  it('because its key is missing or impossible is refused', async () => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: JSON.stringify(validOrder()) };
    expectProblem(await shop.raw('/api/orders', init), 400, 'idempotency-key-missing');
    for (const key of ['k'.repeat(256), 'with space', 'tab\there']) {
      expectProblem(await post(init.body, { 'idempotency-key': key }), 400, 'idempotency-key-invalid');
    }
  });
});

describe('a caller who is not who he says', () => {
  const as = (bearer: string | undefined, path = '/api/cart') =>
    shop.raw(path, { headers: bearer === undefined ? {} : { authorization: bearer } });

  it('has no token', async () => {
    expectProblem(await as(undefined), 401, 'authentication-required');
  });

  it('has forged the token', async () => {
    const [header = '', payload = '', signature] = (await shop.token('alice')).split('.');
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const given = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    const wanted = { ...given, sub: 'admin', roles: ['admin'], exp: 9_999_999_999 };
    const claims = encode(wanted);
    const { privateKey } = await generateKeyPair('ES256');
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string };
    const sign = (key: string) =>
      new SignJWT(wanted).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: key }).sign(privateKey);
    const forged = [
      `${header}.${claims}.${signature}`,
      `${encode({ alg: 'none', typ: 'at+jwt' })}.${claims}.`,
      await sign('a-key-of-my-own'),
      await sign(kid),
      'not-a-token',
    ];
    for (const bearer of forged) expectProblem(await as(`Bearer ${bearer}`), 401, 'token-invalid');
  });

  it('is no admin', async () => {
    const body = JSON.stringify({ receiptId: randomUUID(), lines: [{ sku: ware.sku, quantity: 1_000 }] });
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    expectProblem(await shop.raw('/api/admin/stock/receipts', { method: 'POST', headers, body }), 403, 'forbidden');
    const anonymous = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
    expectProblem(await shop.raw('/api/admin/stock/receipts', anonymous), 401, 'authentication-required');
  });

  it("asks for another user's order, which is as if it did not exist", async () => {
    const mine = await shop.newProduct(1);
    const order = await shop.placed(token, { lines: [{ sku: mine.sku, quantity: 1 }], total: 1_250 });
    const headers = { authorization: `Bearer ${await shop.newCustomer()}` };
    for (const path of ['', '/history', '/stream']) {
      const theirs = await shop.raw(`/api/orders/${order.orderId}${path}`, { headers });
      const missing = await shop.raw(`/api/orders/${randomUUID()}${path}`, { headers });
      expectProblem(theirs, 404, 'order-not-found');
      expectProblem(missing, 404, 'order-not-found');
    }
    const cancel = await shop.raw(`/api/orders/${order.orderId}/cancel`, { method: 'POST', headers });
    expectProblem(cancel, 404, 'order-not-found');
    expect((await shop.order(token, order.orderId)).status).toBe('confirmed');
  });
});

describe('what does not exist', () => {
  it.each([
    ['/api/nothing', 404, 'route-not-found'],
    ['/api/products/0193f5a2-7c41-7d3e-9a10-5b1f0c7de499', 404, 'product-not-found'],
    ['/api/products/not-a-uuid', 404, 'product-not-found'],
    ['/api/products?page=0', 400, 'validation-failed'],
    ['/api/products?pageSize=101', 400, 'validation-failed'],
    ['/api/products?sort=random', 400, 'validation-failed'],
    ['/api/products?unknown=1', 400, 'validation-failed'],
    ['/api/stock/NO-SUCH-SKU', 404, 'unknown-sku'],
    ['/api/products/0193f5a2-7c41-7d3e-9a10-5b1f0c7de499?x=1', 400, 'validation-failed'],
    ['/api/categories?x=1', 400, 'validation-failed'],
    ['/api/stock/not%20a%20sku', 404, 'unknown-sku'],
    ['/api/stock/NO-SUCH-SKU?x=1', 400, 'validation-failed'],
    ['/api/pages/product/not-a-uuid', 404, 'product-not-found'],
    ['/api/orders/not-a-uuid/history', 404, 'order-not-found'],
    ['/api/orders/not-a-uuid/history?foo=1', 400, 'validation-failed'],
    ['/api/orders/not-a-uuid', 404, 'order-not-found'],
    ['/api/orders/0193f5a2-7c41-7d3e-9a10-5b1f0c7de499?wait=31s', 400, 'validation-failed'],
    ['/internal/orders', 404, 'route-not-found'],
    ['/metrics', 404, 'route-not-found'],
    ['/jwks.json', 404, 'route-not-found'],
    ['/products', 404, 'route-not-found'],
  ])('%s is %d %s', async (path, status, code) => {
    expectProblem(await shop.raw(path, { headers: { authorization: `Bearer ${token}` } }), status, code);
  });
});

describe('a cart', () => {
  it.each([
    ['zero of it', () => ({ sku: ware.sku, quantity: 0 }), 400, 'validation-failed'],
    ['a product that nobody sells', () => ({ sku: 'NO-SUCH-SKU', quantity: 1 }), 404, 'unknown-product'],
    ['an unknown field', () => ({ sku: ware.sku, quantity: 1, price: 0 }), 400, 'validation-failed'],
  ])('takes no item with %s', async (_, body, status, code) => {
    const customer = await shop.newCustomer();
    const answer = await shop.api.send<Problem>('POST', '/api/cart/items', { token: customer, body: body() });
    expect(answer).toMatchObject({ status, body: { code } });
    const cart = await shop.api.send('GET', '/api/cart', { token: customer });
    expect(cart.body).toMatchObject({ version: 0, lines: [] });
  });

  it('takes no change from somebody who has not seen it as it is', async () => {
    const customer = await shop.newCustomer();
    const put = (version: number, quantity: number) =>
      shop.api.send('PUT', '/api/cart', { token: customer, body: { version, lines: [{ sku: ware.sku, quantity }] } });
    expect((await put(0, 1)).status).toBe(200);
    expect(await put(0, 2)).toMatchObject({ status: 409, body: { code: 'cart-version' } });
    const cart = await shop.api.send('GET', '/api/cart', { token: customer });
    expect(cart.body).toMatchObject({ lines: [{ quantity: 1 }] });
  });
});

describe('an administrator who errs', () => {
  const send = async (method: string, path: string, body: unknown) =>
    shop.api.send<Problem>(method, path, { token: await shop.admin(), body });

  it('cannot receive impossible stock', async () => {
    const receipt = (quantity: number) => ({ receiptId: randomUUID(), lines: [{ sku: ware.sku, quantity }] });
    for (const quantity of [0, -5, 1.5, 1_000_001]) {
      const answer = await send('POST', '/api/admin/stock/receipts', receipt(quantity));
      expect(answer).toMatchObject({ status: 400, body: { code: 'validation-failed' } });
    }
  });

  it('cannot give a product an impossible price, or a sku that is taken', async () => {
    const path = `/api/admin/products/${ware.productId}/price`;
    const wrong = await send('PUT', path, { price: { amount: -1, currency: 'EUR' } });
    expect(wrong).toMatchObject({ status: 400, body: { code: 'validation-failed' } });
    const twin = { sku: ware.sku, name: 'Twin', category: 'Test', price: ware.price };
    expect(await send('POST', '/api/admin/products', twin)).toMatchObject({ status: 409, body: { code: 'sku-taken' } });
    const unchanged = await shop.api.send<Product>('GET', `/api/products/${ware.productId}`);
    expect(unchanged.body).toMatchObject({ price: ware.price, version: ware.version });
  });

  it('can send a receipt twice, and it counts once', async () => {
    const counted = await shop.newProduct(0);
    const receiptId = randomUUID();
    await shop.receive(counted.sku, 7, receiptId);
    await shop.receive(counted.sku, 7, receiptId);
    expect(await shop.stock(counted.sku)).toMatchObject({ available: 7 });
  });
});

// Last in the file: by then every bad request has been sent.
it('nothing of all this touched the stock', async () => {
  await shop.untilStock({ sku: ware.sku, available: STOCK, reserved: 0, committed: 0 });
});
