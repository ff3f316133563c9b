import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@souk/testing';
import { FakeService, openShop, send, type TestShop } from '../gateway.mother.js';
import { aTable, patient, TestRoutes } from './routing.mother.js';

describe('the route table of a running gateway', () => {
  let shop: TestShop;
  let routes: TestRoutes;
  let other: FakeService;

  beforeEach(async () => {
    routes = new TestRoutes();
    shop = await openShop({ routes: routes.watched, settings: patient });
    other = await new FakeService().start();
    shop.services.catalog.answers(200, { from: 'catalog' });
    other.answers(200, { from: 'other' });
  });
  afterEach(async () => {
    await shop.close();
    await other.stop();
    routes.remove();
  });

  const at = ({ port }: { port: number }): string => `http://127.0.0.1:${port}`;
  const get = (target: string, headers: Record<string, string> = {}) => send(shop.gateway.port, target, { headers });
  const from = async (target: string, headers?: Record<string, string>) => {
    const { status, json } = await get(target, headers);
    return json['from'] ?? `${status} ${json.code}`;
  };
  const status = async () =>
    (await shop.gateway.management.find('/routes')?.())?.body as {
      hash: string;
      lastError?: string;
      draining: number;
      upstreams: { name: string; version: string; instances: { isOut: boolean }[] }[];
    };

  it('RTE-2: what moves to another service keeps its address, and only the table changes', async () => {
    await routes.put(
      aTable({
        upstreams: { reviews: { urls: [at(other)] } },
        routes: [{ method: 'GET', path: '/api/reviews/:id', upstream: 'catalog', access: 'anonymous' }],
      }),
    );
    expect(await from('/api/reviews/7')).toBe('catalog');
    await routes.put(
      aTable({
        upstreams: { reviews: { urls: [at(other)] } },
        routes: [{ method: 'GET', path: '/api/reviews/:id', upstream: 'reviews', to: '/v1/:id', access: 'anonymous' }],
      }),
    );
    expect(await from('/api/reviews/7?x=1')).toBe('other');
    expect(other.seen.at(-1)?.url).toBe('/v1/7?x=1');
  });

  it('RTE-1 RTE-4: two versions live side by side: by header, by path, by host', async () => {
    const v2 = { method: 'GET', upstream: 'catalog', version: 'v2', access: 'anonymous' };
    await routes.put(
      aTable({
        upstreams: { catalog: { version: 'v1', canary: { version: 'v2', urls: [at(other)] } } },
        routes: [
          { ...v2, path: '/api/products', headers: { 'x-api-version': '2' } },
          { ...v2, path: '/api/v2/products', to: '/products' },
          { ...v2, path: '/api/categories', host: 'next.shop.test' },
        ],
      }),
    );
    expect(await from('/api/products')).toBe('catalog');
    expect(await from('/api/products', { 'x-api-version': '2' })).toBe('other');
    expect(await from('/api/v2/products')).toBe('other');
    expect(await from('/api/categories', { host: 'next.shop.test:8080' })).toBe('other');
    expect(await from('/api/categories', { host: 'shop.test' })).toBe('catalog');
    expect((await get('/api/products')).headers.vary).toContain('x-api-version');
    expect((await get('/api/v2/products')).headers.vary ?? '').not.toContain('x-api-version');
    shop.services.catalog.answers(200, {}, { vary: 'accept' });
    expect((await get('/api/products')).headers.vary).toMatch(/accept.*x-api-version|x-api-version.*accept/);
  });

  it('RTE-4: blue and green change places at once, and back', async () => {
    const table = (weight: number) =>
      aTable({ upstreams: { catalog: { canary: { version: 'green', urls: [at(other)], weight } } } });
    const seen = [];
    for (const weight of [0, 100, 0]) {
      await routes.put(table(weight));
      seen.push(await from('/api/products'), await from('/api/categories'));
    }
    expect(seen).toEqual(['catalog', 'catalog', 'other', 'other', 'catalog', 'catalog']);
  });

  it('RTE-5: what does not exist is 404, what cannot be reached 503, and neither is ever 200', async () => {
    await shop.services.catalog.stop();
    expect(await from('/api/nothing')).toBe('404 route-not-found');
    expect(await from('/api/products')).toBe('503 upstream-unavailable');
    await shop.services.catalog.start();
  });

  it.each([
    '/api/../metrics',
    '/api/%2e%2e/metrics',
    '/api/..%2fmetrics',
    '/api/products/..%2f..%2fmetrics',
    '/api/products/%2e%2e/%2e%2e/metrics',
    '/api/products/%252e%252e%252fmetrics',
    '/api/products/..\\..\\metrics',
    '/api//metrics',
    '//metrics',
    '/metrics',
    '/api/metrics',
    '/api/internal/x',
    '/internal/x',
    '/admin/products',
    '/api/%61dmin/products',
    '/livez',
    '/api/livez',
    '/api/stock/..;/metrics',
    '/api/products/;/../metrics',
    '/api/products/%00/metrics',
    '*',
    'http://127.0.0.1/metrics',
  ])('RTE-6: %s reaches no service', async (target) => {
    const socket = connect(shop.gateway.port, '127.0.0.1');
    socket.end(`GET ${target} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n`);
    const [bytes] = (await once(socket, 'data')) as [Buffer];
    expect(bytes.toString()).toMatch(/^HTTP\/1.1 (400|404) /);
    for (const service of Object.values(shop.services)) expect(service.seen).toEqual([]);
  });

  it('RTE-7 CFG-4 CFG-5: a bad table is refused whole, the last good one stays, and it shows', async () => {
    await routes.put(aTable({ upstreams: { catalog: { urls: [at(other)] } } }));
    const { hash } = await status();
    routes.write(
      aTable({
        routes: [{ method: 'GET', path: '/api/secrets', upstream: 'catalog', to: '/metrics', access: 'anonymous' }],
      }),
    );
    const refused = await waitFor(async () => (await status()).lastError, { what: 'the refusal' });
    expect(refused).toMatch(/^line \d+, routes\.\d+\.to: GET \/api\/secrets: \/metrics is internal to its service/);
    expect([await from('/api/products'), (await status()).hash]).toEqual(['other', hash]);
    expect(await from('/api/secrets')).toBe('404 route-not-found');
  });

  it('RTE-7: a request under way ends with the table and the connections that it began with', async () => {
    await routes.put(aTable({ upstreams: { catalog: { urls: [at(other)] } } }));
    const held = new Promise<ServerResponse>((resolve) => (other.handler = (_request, response) => resolve(response)));
    const underWay = get('/api/products');
    const response = await held;
    response.writeHead(200, { 'content-type': 'application/json' }).write('{"from":');
    await routes.put(aTable({}));
    expect(await from('/api/products')).toBe('catalog');
    expect((await status()).draining).toBe(1);
    expect(await other.connections()).toBe(1);
    response.end('"other"}');
    expect((await underWay).json['from']).toBe('other');
    await waitFor(async () => (await status()).draining === 0, { what: 'the old table to be done' });
    await waitFor(async () => (await other.connections()) === 0, {
      what: 'its connections to close',
    });
  });

  it('RTE-7: what a change does not concern keeps its connections', async () => {
    await from('/api/stock/A');
    const before = await shop.services.inventory.connections();
    for (let step = 1; step <= 5; step++) {
      await routes.put(`${aTable({ upstreams: { catalog: { urls: [at(other)] } } })}# ${step}\n`);
      await from('/api/stock/A');
    }
    expect([before, await shop.services.inventory.connections()]).toEqual([1, 1]);
  });

  it('RTE-8: nobody is told the address of a service', async () => {
    await routes.put(
      aTable({
        upstreams: { catalog: { canary: { version: 'v2', urls: [at(other)] } } },
        routes: [
          {
            method: 'GET',
            path: '/api/v2/products/:id',
            to: '/products/:id',
            upstream: 'catalog',
            version: 'v2',
            access: 'anonymous',
          },
        ],
      }),
    );
    other.answers(302, {}, { location: `${at(other)}/products/8` });
    expect((await get('/api/v2/products/7')).headers.location).toBe('/api/v2/products/8');
    shop.services.catalog.answers(302, {}, { location: `${at(shop.services.order)}/orders/8` });
    expect((await get('/api/products/7')).headers.location).toBe('/api/orders/8');
    shop.services.catalog.answers(302, {}, { location: 'https://pay.example/x' });
    expect((await get('/api/products/7')).headers.location).toBe('https://pay.example/x');
  });

  it('a route may wait longer or shorter than others', async () => {
    await routes.put(
      aTable({
        routes: [{ method: 'GET', path: '/api/quick', upstream: 'catalog', timeoutMs: 100, access: 'anonymous' }],
      }),
    );
    shop.services.catalog.handler = (_request, response) => void setTimeout(() => response.end('{}'), 400);
    expect(await from('/api/quick')).toBe('504 upstream-timeout');
    expect((await get('/api/products')).status).toBe(200);
  });
});
