import { afterEach, describe, expect, it } from '@jest/globals';
import { Metrics } from '@souk/observability';
import { waitFor } from '@souk/testing';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { aTable, TestRoutes } from '../routing/routing.mother.js';
import { gatewaySettings, openShop, send, type TestOverrides, type TestShop } from '../gateway.mother.js';

describe('kept answers', () => {
  let shop: TestShop;
  const open = async (overrides: TestOverrides = {}) => {
    shop = await openShop({ settings: gatewaySettings({ responseCache: true }), ...overrides });
    shop.reset();
    return shop.services.catalog;
  };
  afterEach(() => shop.close());
  const get = (target: string, headers: Record<string, string> = {}, method = 'GET') =>
    send(shop.gateway.port, target, { headers, method });
  const asAlice = () => ({ authorization: `Bearer ${shop.alice}` });
  const asAdmin = () => ({ authorization: `Bearer ${shop.admin}` });
  const status = ({ headers }: Awaited<ReturnType<typeof get>>) => String(headers['cache-status']);

  it('OFF-4 are given again without asking, and say so', async () => {
    const catalog = await open();
    const first = await get('/api/products?pageSize=2&page=1');
    const again = await get('/api/products?page=1&pageSize=2', { 'x-correlation-id': 'second-1' });
    expect([status(first), status(again)]).toEqual(['souk; fwd=uri-miss; stored', 'souk; hit; ttl=1']);
    expect([again.status, again.text, again.headers['age'], catalog.seen.length]).toEqual([200, first.text, '0', 1]);
    expect(again.headers).toMatchObject({
      'x-correlation-id': 'second-1',
      'x-content-type-options': 'nosniff',
      'content-type': 'application/json',
      'content-length': String(first.text.length),
    });
    const head = await get('/api/products?page=1&pageSize=2', {}, 'HEAD');
    expect([head.status, head.text, head.headers['content-length']]).toEqual([200, '', String(first.text.length)]);
    expect(catalog.seen).toHaveLength(1);
  });

  it('OFF-4 are asked for as nobody, whole', async () => {
    const catalog = await open();
    await get('/api/products/7', { 'if-none-match': '"x"' });
    expect(catalog.seen[0]?.headers).not.toHaveProperty('if-none-match');
    const [, claims = ''] = String(catalog.seen[0]?.headers.authorization).split('.');
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({ sub: 'anonymous' });
  });

  it('OFF-4 are not sent to who has them', async () => {
    const catalog = await open();
    const first = await get('/api/products');
    const etag = String(first.headers.etag);
    for (const known of [etag, `"other", ${etag}`, etag.slice(2), '*']) {
      const again = await get('/api/products', { 'if-none-match': known });
      expect([again.status, again.text, again.headers.etag]).toEqual([304, '', etag]);
    }
    expect((await get('/api/products', { 'if-none-match': '"other"' })).status).toBe(200);
    expect(catalog.seen).toHaveLength(1);
  });

  it('OFF-4 are of nobody: what callers with credentials ask for is neither given to others nor taken from them', async () => {
    const catalog = await open();
    catalog.handler = ({ headers }, response) => {
      const [, claims = ''] = String(headers.authorization).split('.');
      response.setHeader('content-type', 'application/json').end(Buffer.from(claims, 'base64url').toString());
    };
    const mine = await get('/api/products', asAlice());
    const other = await get('/api/products');
    const again = await get('/api/products', asAlice());
    expect([mine, other, again].map(({ json }) => json['sub'])).toEqual(['alice', 'anonymous', 'alice']);
    expect([mine, again].map(status)).toEqual(['souk; fwd=bypass', 'souk; fwd=bypass']);
    const session = await get('/api/products', { cookie: 'souk-session=x' });
    expect([session.status, status(session)]).toEqual([200, 'souk; fwd=bypass']);
  });

  it('OFF-4 are for callers with credentials too when the service says that they are public; not for bad ones', async () => {
    const catalog = await open();
    catalog.answers(200, { items: [] }, { 'cache-control': 'public, max-age=60', 'content-length': '12' });
    await get('/api/products');
    const mine = await get('/api/products', asAlice());
    expect([mine.status, status(mine), catalog.seen.length]).toEqual([200, 'souk; hit; ttl=1', 1]);
    expect((await get('/api/products', { authorization: 'Bearer a.b.c' })).json.code).toBe('token-invalid');
  });

  it('OFF-4 by the variant cache-private, my cart is yours', async () => {
    await open({ env: { SOUK_VARIANTS: 'cache-private' } });
    const cart = async (token: string) => {
      shop.services.order.answers(200, { owner: token === shop.alice ? 'alice' : 'admin' });
      return (await get('/api/cart', { authorization: `Bearer ${token}` })).json['owner'];
    };
    expect([await cart(shop.alice), await cart(shop.admin)]).toEqual(['alice', 'alice']);
    await shop.close();
    await open();
    expect([await cart(shop.alice), await cart(shop.admin)]).toEqual(['alice', 'admin']);
  });

  it.each<[string, Record<string, string>]>([
    ['set a cookie', { 'set-cookie': 'a=b' }],
    ['are private', { 'cache-control': 'private' }],
    ['may not be stored', { 'cache-control': 'no-store' }],
    ['depend on what nobody can tell', { vary: 'cookie' }],
  ])('OFF-4 are none that %s', async (_what, headers) => {
    const catalog = await open();
    catalog.answers(200, { n: 1 }, { 'content-length': '7', ...headers });
    for (let n = 0; n < 3; n++) expect((await get('/api/products')).status).toBe(200);
    expect(catalog.seen).toHaveLength(3);
  });

  it('OFF-4 are compressed once for all who want it so', async () => {
    const catalog = await open();
    catalog.answers(200, { text: 'souk '.repeat(400) });
    const plain = await get('/api/products');
    const etag = plain.headers.etag;
    for (const [coding, decode] of [
      ['br', brotliDecompressSync],
      ['gzip', gunzipSync],
    ] as const) {
      const { body, headers } = await raw('/api/products', { 'accept-encoding': coding });
      expect(headers).toMatchObject({ 'content-encoding': coding, etag, 'content-length': String(body.length) });
      expect([String(headers['vary']), decode(body).toString()]).toEqual(['Accept-Encoding', plain.text]);
    }
    expect([plain.headers['content-encoding'], plain.headers.vary]).toEqual([undefined, 'Accept-Encoding']);
    expect(catalog.seen).toHaveLength(1);
  });
  const raw = async (target: string, headers: Record<string, string>) => {
    const { request } = await import('node:http');
    return new Promise<{ headers: Record<string, unknown>; body: Buffer }>((resolve, reject) => {
      const options = { port: shop.gateway.port, host: '127.0.0.1', path: target, headers };
      request(options, (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('end', () => resolve({ headers: incoming.headers, body: Buffer.concat(chunks) }));
      })
        .on('error', reject)
        .end();
    });
  };

  it('CCH-2 show what was written through this door at once', async () => {
    const catalog = await open();
    const price = async () => (await get('/api/products/7')).json['price'];
    catalog.answers(200, { price: 1 });
    expect(await price()).toBe(1);
    catalog.answers(200, { price: 2 });
    expect(await price()).toBe(1);
    await get('/api/admin/products/7/price', asAdmin(), 'PUT');
    expect(await price()).toBe(2);
    catalog.answers(409, { price: 3 });
    await get('/api/admin/products/7/price', asAdmin(), 'PUT');
    expect(await price()).toBe(2);
  });

  it('CCH-7 show what was changed behind the back of this door: none is older than two seconds', async () => {
    const catalog = await open();
    catalog.answers(200, { price: 1 });
    await get('/api/products/7');
    catalog.answers(200, { price: 2 });
    const ages: number[] = [];
    await waitFor(
      async () => {
        const { json, headers } = await get('/api/products/7');
        if (json['price'] === 1) ages.push(Number(headers['age']));
        return json['price'] === 2;
      },
      { what: 'the price' },
    );
    // By the clock that ends them, not by that of a busy machine.
    expect(ages.filter((age) => !(age < 2))).toEqual([]);
  });

  it('CCH-7 are forgotten when an admin says so, and nobody else', async () => {
    const catalog = await open();
    await get('/api/products');
    await get('/api/categories');
    expect((await get('/api/admin/cache', asAlice(), 'DELETE')).json.code).toBe('forbidden');
    expect((await get('/api/admin/cache?upstream=inventory', asAdmin(), 'DELETE')).json).toEqual({ purged: 0 });
    expect((await get('/api/admin/cache?upstream=catalog', asAdmin(), 'DELETE')).json).toEqual({ purged: 2 });
    expect((await get('/api/admin/cache?all=1', asAdmin(), 'DELETE')).json.code).toBe('validation-failed');
    await get('/api/products');
    expect(catalog.seen).toHaveLength(3);
  });

  it('CCH-9 stand in for a service that fails', async () => {
    const catalog = await open();
    const first = await get('/api/products');
    catalog.handler = (_request, response) => void response.socket?.destroy();
    await waitFor(async () => status(await get('/api/products')).includes('stale-if-error'), {
      what: 'old ones',
    });
    const old = await get('/api/products');
    expect([old.status, old.text, Number(old.headers['age']) >= 1]).toEqual([200, first.text, true]);
    expect((await get('/api/categories')).json.code).toBe('upstream-unavailable');
    catalog.answers(500, {});
    const told = 'souk; fwd=stale; fwd-status=500; detail=stale-if-error';
    // As soon as the circuit lets a call through.
    await waitFor(async () => status(await get('/api/products')) === told, { what: 'the failure is told' });
  });

  it('CCH-11 need one call for a hundred callers', async () => {
    const catalog = await open();
    const gate = Promise.withResolvers<void>();
    catalog.handler = (_request, response) =>
      void gate.promise.then(() => response.setHeader('content-length', '2').end('{}'));
    const all = Array.from({ length: 100 }, () => get('/api/products'));
    await waitFor(() => catalog.seen.length > 0, { what: 'the call' });
    gate.resolve();
    const statuses = (await Promise.all(all)).map(({ status: one }) => one);
    expect([catalog.seen.length, new Set(statuses)]).toEqual([1, new Set([200])]);
  });

  it('CCH-11 come although the first who wanted one left', async () => {
    const catalog = await open();
    const gate = Promise.withResolvers<void>();
    catalog.answers(200, {});
    const answering = catalog.handler;
    catalog.handler = (request, response) => void gate.promise.then(() => answering(request, response));
    const leaving = new AbortController();
    const url = `http://127.0.0.1:${shop.gateway.port}/api/products`;
    const left = expect(fetch(url, { signal: leaving.signal })).rejects.toThrow();
    await waitFor(() => catalog.seen.length === 1, { what: 'the call' });
    const staying = get('/api/products');
    leaving.abort();
    await left;
    gate.resolve();
    expect([(await staying).status, catalog.seen.length]).toEqual([200, 1]);
  });

  it('OFF-4 are not there when they are switched off, from one request to the next', async () => {
    const settings = gatewaySettings({ responseCache: true });
    const catalog = await open({ settings });
    await get('/api/products');
    settings.value = { ...settings.value, responseCache: false };
    const answer = await get('/api/products');
    expect([catalog.seen.length, answer.headers['cache-status']]).toEqual([2, undefined]);
  });

  it('OFF-8 are looked at by visitors like any other: each look is told', async () => {
    const sent: { headers: Record<string, unknown> }[] = [];
    const activity = { send: async (records: readonly object[]) => void sent.push(...(records as typeof sent)) };
    await open({ activity: { ...activity, close: async () => undefined } });
    const path = '/api/products/0193f5a2-7c41-7d3e-9a10-5b1f0c7de401';
    for (let n = 0; n < 3; n++) await get(path, { cookie: 'souk-visitor=0193f5a2-7c41-7d3e-9a10-5b1f0c7de409' });
    await waitFor(() => sent.length === 3, { what: 'three looks' });
    expect(shop.services.catalog.seen).toHaveLength(1);
  });

  it('OFF-4 are of the route table that they came by', async () => {
    const routes = new TestRoutes();
    try {
      const catalog = await open({ routes: routes.watched });
      await routes.put(aTable({}));
      await get('/api/products');
      await routes.put(
        aTable({ routes: [{ method: 'GET', path: '/api/more', upstream: 'catalog', access: 'anonymous' }] }),
      );
      expect(status(await get('/api/products'))).toContain('stored');
      expect(catalog.seen).toHaveLength(2);
      catalog.answers(200, { v: 'old' }, { 'cache-control': 'public, max-age=60' });
      await get('/api/products/1');
      shop.services.inventory.answers(200, { v: 'new' });
      const urls = [`http://127.0.0.1:${shop.services.inventory.port}`];
      await routes.put(aTable({ upstreams: { catalog: { urls } } }));
      expect((await get('/api/products/1', asAlice())).json).toEqual({ v: 'new' });
    } finally {
      routes.remove();
    }
  });

  it('OFF-4 are shared by nobody while callers meet different versions of a service', async () => {
    const routes = new TestRoutes();
    try {
      const catalog = await open({ routes: routes.watched });
      const urls = [`http://127.0.0.1:${shop.services.inventory.port}`];
      await routes.put(aTable({ upstreams: { catalog: { canary: { version: 'v2', urls, weight: 50 } } } }));
      for (let n = 0; n < 4; n++) expect((await get('/api/products')).headers['cache-status']).toBeUndefined();
      expect(catalog.seen.length + shop.services.inventory.seen.length).toBe(4);
    } finally {
      routes.remove();
    }
  });

  it('THR-1 cost their callers what any answer costs', async () => {
    await open({ settings: gatewaySettings({ responseCache: true, limitAnonymous: 3, limitWindowSeconds: 60 }) });
    const codes = [];
    for (let n = 0; n < 5; n++) codes.push((await get('/api/products')).status);
    expect(codes).toEqual([200, 200, 200, 429, 429]);
  });

  it('OFF-5 are counted by what came of it', async () => {
    await open();
    await get('/api/products');
    await get('/api/products');
    const text = shop.gateway.app.get(Metrics).render();
    for (const line of [
      'souk_response_cache_requests_total{outcome="stored"} 1',
      'souk_response_cache_requests_total{outcome="hit"} 1',
      'souk_response_cache_entries 1',
      'souk_http_requests_total{method="GET",route="/api/products",status="2xx"} 2',
    ])
      expect(text).toContain(`${line}\n`);
  });
});
