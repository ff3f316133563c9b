import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type BatchAnswer, batchAnswer, type GatewaySettings } from '@souk/contracts';
import type { ProducerRecord } from '@souk/kafka';
import { waitFor } from '@souk/testing';
import { ActivitySink } from '../activity/activity-sink.js';
import type { ActivityOutbox } from '../activity/activity-outbox.js';
import { gatewaySettings, openShop, send, type TestOverrides, type TestShop } from '../gateway.mother.js';
import { patient } from '../routing/routing.mother.js';
import { type ApartShop, openApart } from './apart.mother.js';
import { answerPages, hangUp, problem } from './pages.mother.js';

const id = randomUUID();

describe('AGG-10 aggregation as a deployment of its own', () => {
  let shop: ApartShop;
  const open = async (given: Partial<GatewaySettings> = {}, overrides: TestOverrides = {}): Promise<void> => {
    shop = await openApart({ settings: gatewaySettings({ ...patient.value, ...given }), ...overrides });
    answerPages(shop.services, id);
  };
  afterEach(() => shop.close());

  const bearer = ({ alice }: TestShop): Record<string, string> => ({ authorization: `Bearer ${alice}` });
  const asAlice = () => bearer(shop);
  const get = (target: string, headers: Record<string, string> = {}, at: TestShop = shop) =>
    send(at.gateway.port, target, { headers });
  const batch = async (requests: object[], headers: Record<string, string> = {}) => {
    const body = JSON.stringify({ requests });
    const type = { 'content-type': 'application/json' };
    return send(shop.gateway.port, '/api/batch', { method: 'POST', headers: { ...type, ...headers }, body });
  };
  const partsOf = (answer: { json: unknown }): BatchAnswer['responses'] => batchAnswer.parse(answer.json).responses;

  it('answers pages as one process does, whoever asks', async () => {
    await open();
    const together = await openShop({ settings: patient });
    answerPages(together.services, id);
    try {
      for (const target of [`/api/pages/product/${id}`, '/api/pages/product/7', '/api/pages/home'])
        for (const isSignedIn of [true, false]) {
          const [apart, one] = await Promise.all(
            [shop, together].map(async (at) => {
              const { status, headers: got, json } = await get(target, isSignedIn ? bearer(at) : {}, at);
              return { status, type: got['content-type'], json: { ...json, traceId: '' } };
            }),
          );
          expect(apart).toEqual(one);
        }
      expect((await get('/api/pages/home', { authorization: 'Bearer a.b.c' })).json.code).toBe('token-invalid');
    } finally {
      await together.close();
    }
  });

  it('lets nobody in who does not come from the gateway', async () => {
    await open();
    for (const headers of [{}, asAlice(), { authorization: 'Bearer x' }])
      for (const target of ['/api/pages/home', '/api/products', '/api/admin/sagas']) {
        const answer = await send(shop.inner.port, target, { headers });
        expect([target, answer.status]).toEqual([target, 401]);
      }
    expect(Object.values(shop.services).flatMap(({ seen }) => seen)).toEqual([]);
  });

  it('runs batches with the caller’s rights, through every check of the gateway', async () => {
    await open();
    const requests = [
      { id: 'cart', path: '/api/cart' },
      { id: 'page', path: `/api/pages/product/${id}` },
      { id: 'sagas', path: '/api/admin/sagas' },
      { id: 'nothing', path: '/api/nothing' },
      { id: 'climb', path: '/api/products/../../metrics' },
      { id: 'add', method: 'POST', path: '/api/cart/items', body: { sku: 'LAMP-1', quantity: 1 } },
    ];
    const statuses = async (headers: Record<string, string>) =>
      partsOf(await batch(requests, headers)).map((part) => [part.id, part.status]);
    const expected = (cart: number, sagas: number) =>
      [['cart', cart], ['page', 200], ['sagas', sagas], ['nothing', 404], ['climb', 400], ['add', cart]]; // prettier-ignore
    expect(await statuses(asAlice())).toEqual(expected(200, 403));
    expect(await statuses({ authorization: `Bearer ${shop.admin}` })).toEqual(expected(200, 200));
    expect(await statuses({})).toEqual(expected(401, 401));
    const [asked] = shop.services.order.seen;
    const [, claims = ''] = String(asked?.headers.authorization).split('.');
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({ sub: 'alice' });
    expect((await batch([{ path: '/api/batch' }])).json.code).toBe('validation-failed');
  });

  it('AGG-12 charges its caller for what is in a batch, and other callers for nothing', async () => {
    await open(
      { limitAnonymous: 40, limitCosts: { read: 1, write: 2, checkout: 5, page: 3, batch: 1 } },
      {
        env: { TRUSTED_PROXIES: '127.0.0.1' },
      },
    );
    const one = { 'x-forwarded-for': '192.0.2.1' };
    const reads = Array.from({ length: 20 }, (_, n) => ({ path: `/api/stock/S-${n}` }));
    expect(partsOf(await batch(reads, one)).map(({ status }) => status)).toEqual(Array(20).fill(200));
    const second = partsOf(await batch([...reads.slice(0, 16), { path: '/api/pages/home' }], one));
    expect(second.filter(({ status }) => status === 429)).toHaveLength(0);
    const third = partsOf(await batch(reads, one));
    expect(third.map(({ status }) => status)).toContain(429);
    const other = partsOf(await batch(reads, { 'x-forwarded-for': '192.0.2.2' }));
    expect(other.map(({ status }) => status)).toEqual(Array(20).fill(200));
  });

  it('writes nothing while the shop can only be read', async () => {
    await open({ readOnly: true });
    const write = { method: 'POST', path: '/api/cart/items', body: { sku: 'LAMP-1', quantity: 1 } };
    const parts = partsOf(await batch([{ path: '/api/cart' }, write], asAlice()));
    expect(parts.map(({ status }) => status)).toEqual([200, 503]);
    expect(shop.services.order.seen.map(({ method }) => method)).toEqual(['GET']);
  });

  it('AGG-11 OFF-8 tells once what people look at, and gives browsers their id', async () => {
    const published: ProducerRecord[] = [];
    const activity = {
      send: async (records: readonly ProducerRecord[]) => void published.push(...records),
      close: async () => undefined,
    };
    await open({}, { activity });
    const browser = { 'sec-fetch-site': 'same-origin', accept: '*/*' };
    const first = await get('/api/pages/home', browser);
    const [cookie = ''] = (first.headers['set-cookie'] ?? []).map((line) => line.split(';', 1)[0] ?? '');
    expect(cookie).toMatch(/^souk-visitor=/);
    const again = await get(`/api/pages/product/${id}`, { ...browser, cookie });
    expect(again.headers['set-cookie']).toBeUndefined();
    await get(`/api/pages/product/${id}`, asAlice());
    await batch([{ path: `/api/pages/product/${id}` }, { path: `/api/products/${id}` }], { ...browser, cookie });
    shop.services.catalog.answers(404, problem(404, 'product-not-found'));
    const none = await get(`/api/pages/product/${randomUUID()}`, browser);
    expect([none.status, none.headers['set-cookie']]).toEqual([404, undefined]);
    for (const { app } of [shop.gateway, shop.inner])
      await (app.get(ActivitySink) as ActivityOutbox).onApplicationShutdown();
    const visitor = { type: 'visitor', id: cookie.split('=')[1] };
    const actors = published.map(({ value }) => JSON.parse(value).actor);
    expect(actors).toEqual(expect.arrayContaining([visitor, { type: 'customer', id: 'alice' }]));
    expect(actors.filter(({ type }) => type === 'visitor')).toEqual([visitor, visitor, visitor]);
    expect(actors).toHaveLength(4);
  });

  it('ends a batch whose caller hangs up', async () => {
    await open({ upstreamTimeoutMs: 30_000 });
    let hasEnded = false;
    shop.services.inventory.handler = (_request, response) => void response.once('close', () => (hasEnded = true));
    const headers = { 'content-type': 'application/json' };
    const leaving = request({ port: shop.gateway.port, path: '/api/batch', method: 'POST', headers });
    leaving.on('error', () => undefined).end(JSON.stringify({ requests: [{ path: '/api/stock/A' }] }));
    await waitFor(() => shop.services.inventory.seen.length === 1, { what: 'the call at the service' });
    leaving.destroy();
    // Long before the limit of the call, and of the batch.
    await waitFor(() => hasEnded, { what: 'its end', timeoutMs: 10_000 });
  });

  it('while it is away there are no pages and no batches, and everything else', async () => {
    await open();
    await shop.inner.stop();
    const refused = [await get('/api/pages/home'), await batch([{ path: '/api/products' }])];
    expect(refused.map(({ status, json }) => [status, json.code])).toEqual(
      Array(2).fill([503, 'upstream-unavailable']),
    );
    expect((await get('/api/products')).status).toBe(200);
  });

  it('AGG-4 says what is missing, as before', async () => {
    await open();
    hangUp(shop.services.inventory);
    const { status, json } = await get(`/api/pages/product/${id}`);
    expect([status, json]).toMatchObject([200, { missing: [{ part: 'stock', reason: 'unavailable' }] }]);
  });
});
