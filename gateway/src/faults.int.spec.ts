import { once } from 'node:events';
import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FakeService, gatewaySettings, openShop, type RunningGateway, send, type TestShop } from './gateway.mother.js';

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
