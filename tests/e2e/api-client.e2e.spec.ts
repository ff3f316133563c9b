import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createSoukClient, type OrderEvent, type PlaceOrder, SoukProblem } from '@souk/client';
import type { Product } from '@souk/contracts';
import { DocumentedAnswers } from './support/documented-answers.ts';
import { ADDRESS, CARD, Shop } from './support/shop.ts';

const NOBODY = '00000000-0000-7000-8000-000000000000';

let shop: Shop;
let ware: Product;
let token: string;
beforeAll(async () => {
  shop = await Shop.open();
  ware = await shop.newProduct(20);
  token = await shop.newCustomer();
});
afterAll(() => shop.tidyUp());

describe('the typed client', () => {
  const wish = (quantity: number) => ({
    headers: { 'Idempotency-Key': randomUUID() },
    body: {
      lines: [{ sku: ware.sku, quantity }],
      expectedTotal: { amount: quantity * ware.price.amount, currency: 'EUR' },
      address: ADDRESS,
      paymentMethod: CARD,
    },
  });

  it('places an order and waits until it is confirmed', async () => {
    const souk = shop.as(token);
    const { data: accepted } = await souk.placeOrder({ ...wish(2), throwOnError: true });
    expect(accepted).toMatchObject({ status: 'placed', total: { amount: 2_500, currency: 'EUR' } });
    const path = { id: accepted.orderId };
    const { data: order } = await souk.getOrder({ path, query: { wait: '15s' }, throwOnError: true });
    expect(order).toMatchObject({ status: 'confirmed', lines: [{ sku: ware.sku, quantity: 2 }] });
  });

  it('follows an order until its last event, each as documented', async () => {
    const souk = shop.as(token);
    const { data: accepted } = await souk.placeOrder({ ...wish(1), throwOnError: true });
    const { stream } = await souk.streamOrder({ path: { id: accepted.orderId } });
    const events: OrderEvent[] = [];
    for await (const event of stream) events.push(event);
    expect([events[0]?.type, events.at(-1)?.type]).toEqual(['placed', 'confirmed']);
    const [path, type] = [`/api/orders/${accepted.orderId}/stream`, 'text/event-stream'];
    const body = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');
    expect(shop.answers.violations({ method: 'GET', path, status: 200, type, body })).toEqual([]);
  });

  it('says why an order cannot be followed', async () => {
    const { stream } = await shop.as(token).streamOrder({ path: { id: randomUUID() } });
    await expect(stream.next()).rejects.toMatchObject({ name: 'SoukProblem', status: 404 });
  });

  it('can place the order that the reference shows first, as it stands', async () => {
    const sample = join(import.meta.dirname, '../../contracts/samples/http.place-order@seeded.json');
    const body = JSON.parse(await readFile(sample, 'utf8')) as PlaceOrder;
    const headers = { 'Idempotency-Key': randomUUID() };
    const { data: accepted } = await shop.as(token).placeOrder({ headers, body, throwOnError: true });
    expect(await shop.finalState(token, accepted.orderId)).toMatchObject({
      status: 'confirmed',
      total: body.expectedTotal,
    });
  });

  it('does what its example shows', async () => {
    const example = join(import.meta.dirname, '../../clients/typescript/examples/place-order.ts');
    const { stdout } = await promisify(execFile)(process.execPath, [example, shop.gatewayUrl, token]);
    expect(stdout).toMatch(/: order [0-9a-f-]{36} is confirmed\n$/);
  });

  it('asks for a token before every request', async () => {
    const seen: (string | null)[] = [];
    const tokens = ['first', 'second'];
    const souk = createSoukClient({
      baseUrl: shop.gatewayUrl,
      token: () => tokens.shift(),
      fetch: (input, init) => {
        seen.push(new Request(input, init).headers.get('authorization'));
        return Promise.resolve(Response.json({ items: [] }));
      },
    });
    await souk.listCategories();
    await souk.listCategories();
    await souk.listCategories();
    expect(seen).toEqual(['Bearer first', 'Bearer second', null]);
  });

  it('gives a refusal back as a problem, or throws it', async () => {
    const refused = { ...wish(1), body: { ...wish(1).body, expectedTotal: { amount: 1, currency: 'EUR' } } };
    const { data, error, response } = await shop.as(token).placeOrder(refused);
    expect([data, response?.status, error?.code]).toEqual([undefined, 409, 'price-changed']);
    await expect(shop.as(token).placeOrder({ ...refused, throwOnError: true })).rejects.toThrow(SoukProblem);
    await expect(shop.as().getCart({ throwOnError: true })).rejects.toMatchObject({ code: 'authentication-required' });
  });
});

/** Every operation, as it goes well and as it is refused; `DocumentedAnswers` looks at what comes back. */
describe('every documented operation', () => {
  it('answers as documented', async () => {
    const admin = shop.as(await shop.admin());
    await browse();
    await buy();
    await administer(admin);
    await signInAndOut();
    for (const path of ['/', '/guide', '/docs', '/openapi.json', '/asyncapi.json'])
      await shop.api.expect([200], 'GET', path);
    await shop.api.expect([200], 'GET', '/', { headers: { accept: 'text/html' } });
    const called = new Set([...shop.answers.heard].map((heard) => heard.split(' ', 1)[0]));
    expect(shop.answers.operationIds.filter((id) => !called.has(id))).toEqual([]);
  }, 60_000);

  it.each([
    ['getSession', 'a browser'],
    ['finishSignIn', 'a browser'],
    ['getDeadLetter', 'a poison message'],
    ['replayDeadLetter', 'a poison message'],
    ['discardDeadLetter', 'a poison message'],
    ['abandonSaga', 'a parked saga'],
    ['unblockCaller', 'somebody who is shut out'],
  ])('%s goes well elsewhere: it takes %s', (id) => {
    expect([...shop.answers.heard].some((heard) => heard.startsWith(`${id} 4`))).toBe(true);
  });

  it('goes well at least once, those aside', () => {
    const poison = ['getDeadLetter', 'replayDeadLetter', 'discardDeadLetter'];
    const elsewhere = new Set(['getSession', 'finishSignIn', 'abandonSaga', 'unblockCaller', ...poison]);
    const well = new Set(
      [...shop.answers.heard].filter((heard) => / [23]/.test(heard)).map((heard) => heard.split(' ', 1)[0]),
    );
    expect(shop.answers.operationIds.filter((id) => !well.has(id) && !elsewhere.has(id))).toEqual([]);
  });

  async function browse(): Promise<void> {
    const [anyone, path, unknown] = [shop.as(), { id: ware.productId }, { id: NOBODY }];
    await anyone.listProducts({ query: { category: 'Test', sort: '-price', pageSize: 2 }, throwOnError: true });
    await anyone.listProducts({ query: { page: 0 } });
    await anyone.getProduct({ path, throwOnError: true });
    await anyone.getProduct({ path: unknown });
    await anyone.listCategories({ throwOnError: true });
    await anyone.getStock({ path: { sku: 'NO-SUCH-SKU' } });
    await anyone.getStock({ path: { sku: ware.sku }, throwOnError: true });
    const { data: levels } = await anyone.listStock({ query: { skus: `${ware.sku},NO-SUCH-SKU` }, throwOnError: true });
    expect(levels.items.map(({ sku }) => sku)).toEqual([ware.sku]);
    await anyone.listStock({ query: { skus: '' } });
    await anyone.listRecommendations({ query: { productId: ware.productId }, throwOnError: true });
    await anyone.listRecommendations({ query: { customer: 'me' } });
    await anyone.getProductPage({ path, throwOnError: true });
    await anyone.getProductPage({ path: unknown });
    await anyone.getHomePage({ throwOnError: true });
    await shop.as(token).getHomePage({ throwOnError: true });
    await anyone.reportActivity({ body: { type: 'product-viewed', productId: ware.productId }, throwOnError: true });
    const requests = [{ path: '/api/categories' }, { path: '/api/cart' }, { path: '/api/nothing' }];
    const { data } = await anyone.runBatch({ body: { requests }, throwOnError: true });
    expect(data.responses.map(({ status }) => status)).toEqual([200, 401, 404]);
    await anyone.runBatch({ body: { requests: [] } });
  }

  async function buy(): Promise<void> {
    const [souk, item] = [shop.as(token), { sku: ware.sku, quantity: 1 }];
    await souk.addCartItem({ body: item, throwOnError: true });
    await souk.addCartItem({ body: { sku: 'NO-SUCH-SKU', quantity: 1 } });
    await souk.replaceCart({ body: { version: 0, lines: [item] } });
    const { data: cart } = await souk.getCart({ throwOnError: true });
    await souk.replaceCart({ body: { version: cart.version, lines: [item] }, throwOnError: true });
    await souk.clearCart({ throwOnError: true });
    const { orderId } = await shop.placed(token, { lines: [item], total: 1_250 });
    const path = { id: orderId };
    const { response } = await souk.getOrder({ path, throwOnError: true });
    const known = response.headers.get('etag') ?? '';
    expect((await souk.getOrder({ path, headers: { 'If-None-Match': known } })).response?.status).toBe(304);
    await shop.as(await shop.newCustomer()).getOrder({ path });
    await souk.getOrderHistory({ path, throwOnError: true });
    await shop.api.expect([404], 'GET', `/api/orders/${NOBODY}/stream`, { token });
    await souk.cancelOrder({ path, throwOnError: true });
    await souk.returnOrder({ path });
    await souk.cancelOrder({ path: { id: NOBODY } });
    await souk.listOrders({ query: { limit: 2 }, throwOnError: true });
    await souk.listOrders({ query: { cursor: 'not-a-cursor' } });
    await souk.getMySummary({ throwOnError: true });
    await sendAndReturn();
  }

  async function sendAndReturn(): Promise<void> {
    const { orderId } = await shop.placed(token, { lines: [{ sku: ware.sku, quantity: 1 }], total: 1_250 });
    const [path, admin] = [{ id: orderId }, shop.as(await shop.admin())];
    await shop.as(token).shipOrder({ path });
    await admin.shipOrder({ path, throwOnError: true });
    await admin.shipOrder({ path: { id: NOBODY } });
    await shop.as(token).returnOrder({ path, throwOnError: true });
  }

  async function administer(admin: ReturnType<Shop['as']>): Promise<void> {
    const { productId, sku, name, description, category, price } = ware;
    const path = { id: productId };
    await admin.createProduct({ body: { productId, sku, name, category, price } });
    await admin.createProduct({ body: { sku, name: 'Another', category, price } });
    await admin.updateProduct({ path, body: { name, description, category }, throwOnError: true });
    await admin.updateProduct({ path: { id: NOBODY }, body: { name, description, category } });
    await admin.changePrice({ path, body: { price: { amount: 1, currency: 'USD' } } });
    await admin.changePrice({ path, body: { price }, throwOnError: true });
    await shop.as(token).changePrice({ path, body: { price } });
    const receipt = { receiptId: randomUUID(), lines: [{ sku, quantity: 1 }] };
    for (let time = 0; time < 2; time++) await admin.receiveStock({ body: receipt, throwOnError: true });
    await admin.receiveStock({ body: { ...receipt, lines: [{ sku, quantity: 2 }] } });
    await admin.listAllOrders({ query: { status: 'confirmed', limit: 3 }, throwOnError: true });
    await shop.as(token).listAllOrders();
    await admin.reportProductSales({ query: { category: 'Test' }, throwOnError: true });
    await admin.reportDailySales({ throwOnError: true });
    await admin.reportDailySales({ query: { from: '2026-02-30' } });
    await admin.purgeCache({ query: { upstream: 'catalog' }, throwOnError: true });
    await shop.as(token).purgeCache();
    await admin.getThrottle({ throwOnError: true });
    await admin.unblockCaller({ path: { caller: 'user:nobody' } });
    await breakers(admin);
    await deadLetters(admin);
    await sagas(admin);
  }

  async function breakers(admin: ReturnType<Shop['as']>): Promise<void> {
    await admin.listBreakers({ throwOnError: true });
    await shop.as(token).listBreakers();
    await admin.changeBreaker({ path: { name: 'catalog', action: 'reset' }, throwOnError: true });
    await admin.changeBreaker({ path: { name: 'nobody', action: 'reset' } });
  }

  async function sagas(admin: ReturnType<Shop['as']>): Promise<void> {
    const { orderId } = await shop.placed(token, { lines: [{ sku: ware.sku, quantity: 1 }], total: 1_250 });
    const path = { orderId };
    await admin.listSagas({ query: { state: 'finished', limit: 2 }, throwOnError: true });
    await admin.getSaga({ path, throwOnError: true });
    await admin.retrySaga({ path, throwOnError: true });
    await admin.abandonSaga({ path, body: { reason: 'nobody needs to' } });
    await admin.getSaga({ path: { orderId: NOBODY } });
    await shop.as(token).listSagas();
  }

  async function deadLetters(admin: ReturnType<Shop['as']>): Promise<void> {
    await admin.listDeadLetters({ query: { service: 'order', limit: 1 }, throwOnError: true });
    await shop.as(token).listDeadLetters();
    const path = { service: 'inventory', id: 'no.such.topic-0-0' } as const;
    await admin.getDeadLetter({ path });
    await admin.replayDeadLetter({ path });
    await admin.discardDeadLetter({ path });
  }

  async function signInAndOut(): Promise<void> {
    const anyone = shop.as();
    const { response } = await anyone.signIn({ query: { returnTo: '/' }, redirect: 'manual' });
    expect(response?.status).toBe(303);
    await anyone.signIn({ query: { returnTo: 'https://elsewhere.example' }, redirect: 'manual' });
    await anyone.finishSignIn({ query: { code: 'x', state: 'y' }, redirect: 'manual' });
    await anyone.getSession();
    await anyone.signOut();
    await shop.tidyUp();
  }
});

describe('the check of answers', () => {
  const answers = new DocumentedAnswers();
  const answer = { method: 'GET', path: '/api/categories', status: 200, type: 'application/json' };
  const body = (value: object) => JSON.stringify(value);

  it('takes what is documented', () => {
    expect(answers.violations({ ...answer, body: body({ items: [{ name: 'Tea', products: 2 }] }) })).toEqual([]);
    const problem = { type: 't', title: 'x', status: 503, code: 'upstream-unavailable' };
    const refused = { ...answer, status: 503, type: 'application/problem+json', body: body(problem) };
    expect(answers.violations(refused)).toEqual([]);
  });

  it.each([
    ['an unknown address', { ...answer, path: '/api/planted', body: '{}' }],
    ['another status', { ...answer, status: 201, body: body({ items: [] }) }],
    ['a missing field', { ...answer, body: '{}' }],
    ['a further field', { ...answer, body: body({ items: [], planted: true }) }],
    ['another event', { ...answer, path: '/api/orders/1/stream', type: 'text/event-stream', body: 'data: {}\n\n' }],
    ['another type', { ...answer, type: 'text/plain', body: 'x' }],
    [
      'another code',
      {
        ...answer,
        status: 503,
        type: 'application/problem+json',
        body: body({ type: 't', title: 'x', status: 503, code: 'planted' }),
      },
    ],
  ])('notices %s', (_what, heard) => expect(answers.violations(heard)).not.toEqual([]));
});
