import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeService, gatewaySettings, openShop, type RunningGateway, send, type TestShop } from './gateway.mother.js';

const aProduct = (productId: string) => ({
  productId,
  sku: 'LAMP-1',
  name: 'Lamp',
  description: '',
  category: 'Light',
  price: { amount: 1_990, currency: 'EUR' },
  status: 'active',
  version: 1,
  updatedAt: '2026-01-01T00:00:00Z',
});
const someStock = { sku: 'LAMP-1', available: 7, reserved: 0, committed: 0 };

describe('gateway with sick services', () => {
  let shop: TestShop;
  let services: TestShop['services'];
  let gateway: RunningGateway;
  let alice: string;

  beforeEach(async () => {
    shop = await openShop({ settings: gatewaySettings({ upstreamTimeoutMs: 400 }) });
    ({ services, gateway, alice } = shop);
  });
  afterEach(() => shop.close());

  const get = (target: string) => send(gateway.port, target, { headers: { authorization: `Bearer ${alice}` } });
  const hangUp = (service: FakeService): void => {
    service.handler = (_request, response) => void response.socket?.destroy();
  };
  const pageOf = (id: string) => get(`/api/pages/product/${id}`);

  it('answers 503 with Retry-After while a service is down, then finds it again', async () => {
    const { port } = services.catalog;
    await services.catalog.stop();
    const down = await get('/api/products');
    expect([down.status, down.json.code, down.headers['retry-after']]).toEqual([503, 'upstream-unavailable', '1']);
    services.catalog = await new FakeService().start(port);
    expect((await get('/api/products')).status).toBe(200);
  });

  it('tries a lost GET once more, a POST never', async () => {
    hangUp(services.order);
    expect((await get('/api/cart')).json.code).toBe('upstream-unavailable');
    expect(services.order.seen).toHaveLength(2);
    const post = await send(gateway.port, '/api/orders', {
      method: 'POST',
      body: '{}',
      headers: { authorization: `Bearer ${alice}` },
    });
    expect([post.status, services.order.seen.length]).toEqual([503, 3]);
  });

  it('stops asking a service that keeps failing, without harm to the others', async () => {
    hangUp(services.order);
    for (let call = 0; call < 30; call++) expect((await get('/api/cart')).json.code).toBe('upstream-unavailable');
    expect(services.order.seen.length).toBeLessThan(25);
    expect((await get('/api/products')).status).toBe(200);
  });

  it('answers 504 when a service does not answer', async () => {
    services.order.handler = () => undefined;
    const answer = await get('/api/cart');
    expect([answer.status, answer.json.code]).toEqual([504, 'upstream-timeout']);
  });

  it('waits for a long poll longer than for anything else', async () => {
    services.order.handler = (_request, response) => void setTimeout(() => response.end('{}'), 700);
    expect((await get('/api/orders/o-1?wait=1s')).status).toBe(200);
  });

  it('cuts an answer that a service did not finish', async () => {
    services.catalog.handler = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' }).write('{"items":[');
      setTimeout(() => response.socket?.destroy(), 20);
    };
    await expect(get('/api/products')).rejects.toThrow();
  });

  describe('product page', () => {
    const id = randomUUID();

    it('joins product and stock; the second time it asks both at once', async () => {
      services.catalog.answers(200, aProduct(id));
      services.inventory.answers(200, someStock);
      expect((await pageOf(id)).json).toEqual({ product: aProduct(id), stock: someStock, missing: [] });
      let inventoryAsked = false;
      services.inventory.handler = (_request, response) => {
        inventoryAsked = true;
        response.end(JSON.stringify(someStock));
      };
      services.catalog.handler = (_request, response) =>
        void setTimeout(() => response.end(JSON.stringify({ ...aProduct(id), name: String(inventoryAsked) })), 100);
      expect((await pageOf(id)).json).toMatchObject({ product: { name: 'true' }, stock: someStock });
    });

    it.each<[string, string, (service: FakeService) => void]>([
      ['is slow', 'timeout', (service) => (service.handler = () => undefined)],
      ['is gone', 'unavailable', hangUp],
      ['fails', 'unavailable', (service) => service.answers(500, {})],
      ['talks nonsense', 'unavailable', (service) => service.answers(200, { sku: 7 })],
      [
        'does not know the sku',
        'unknown',
        (service) => service.answers(404, { type: 't', title: 'x', status: 404, code: 'unknown-sku' }),
      ],
    ])('says what is missing when inventory %s', async (_what, reason, break_) => {
      services.catalog.answers(200, aProduct(id));
      break_(services.inventory);
      const started = performance.now();
      const answer = await pageOf(id);
      expect([answer.status, answer.json]).toEqual([
        200,
        { product: aProduct(id), stock: null, missing: [{ part: 'stock', reason }] },
      ]);
      expect(performance.now() - started).toBeLessThan(1_000);
    });

    it.each<[string, number, string, (service: FakeService) => void]>([
      [
        'does not know it',
        404,
        'product-not-found',
        (s) => s.answers(404, { type: 't', title: 'x', status: 404, code: 'product-not-found' }),
      ],
      ['fails', 503, 'upstream-unavailable', (s) => s.answers(500, {})],
      [
        'fails with a problem of its own',
        503,
        'upstream-unavailable',
        (s) => s.answers(500, { type: 't', title: 'x', status: 500, code: 'internal-error' }),
      ],
      ['is gone', 503, 'upstream-unavailable', hangUp],
    ])('is no page when catalog %s', async (_what, status, code, break_) => {
      break_(services.catalog);
      const answer = await pageOf(id);
      expect([answer.status, answer.json.code]).toEqual([status, code]);
    });

    it('of an id that is none is not found', async () => {
      const answer = await pageOf('7');
      expect([answer.status, answer.json.code]).toEqual([404, 'product-not-found']);
    });
  });

  it('leaves room for others however many event streams are open', async () => {
    services.order.handler = ({ url }, response) => {
      if (!url.endsWith('/stream')) return void response.end('{}');
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    };
    const headers = { authorization: `Bearer ${alice}` };
    const streams = Array.from({ length: 80 }, () => {
      const stream = request({ port: gateway.port, host: '127.0.0.1', path: '/api/orders/o-1/stream', headers });
      stream.on('error', () => undefined).end();
      return stream;
    });
    await Promise.all(streams.map((stream) => once(stream, 'response')));
    expect((await get('/api/cart')).status).toBe(200);
    streams.forEach((stream) => stream.destroy());
  });
});
