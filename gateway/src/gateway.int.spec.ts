import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@souk/testing';
import { openShop, type RunningGateway, send, SHOP, type TestShop } from './gateway.mother.js';

describe('gateway', () => {
  let shop: TestShop;
  let services: TestShop['services'];
  let gateway: RunningGateway;
  let alice: string;
  let admin: string;

  beforeAll(async () => {
    shop = await openShop();
    ({ services, gateway, alice, admin } = shop);
  });
  afterAll(() => shop.close());
  beforeEach(() => shop.reset());

  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const asAlice = (target: string, options: Parameters<typeof send>[2] = {}) =>
    send(gateway.port, target, { ...options, headers: { ...bearer(alice), ...options.headers } });

  describe('routing', () => {
    it('passes query, body and answer on as bytes', async () => {
      services.order.answers(
        202,
        { orderId: 'o-1' },
        { location: '/orders/o-1', etag: '"1"', server: 'secret', 'x-internal': '1' },
      );
      const body = '{ "lines" : [ ] ,"spacing":"kept" }';
      const headers = { 'content-type': 'application/json', 'idempotency-key': 'k-1' };
      const answer = await asAlice('/api/orders?a=1&b=%20x', { method: 'POST', body, headers });
      expect(services.order.seen).toEqual([
        expect.objectContaining({ method: 'POST', url: '/orders?a=1&b=%20x', body }),
      ]);
      expect(services.order.seen[0]?.headers).toMatchObject({
        'idempotency-key': 'k-1',
        'content-type': 'application/json',
        'content-length': String(body.length),
      });
      expect([answer.status, answer.json]).toEqual([202, { orderId: 'o-1' }]);
      expect(answer.headers).toMatchObject({
        location: '/api/orders/o-1',
        etag: '"1"',
        'x-content-type-options': 'nosniff',
      });
      expect(answer.headers).not.toHaveProperty('x-internal');
      expect(answer.headers).not.toHaveProperty('server');
    });

    it('passes problems of services on untouched', async () => {
      const problem = { type: 't', status: 409, code: 'price-changed', title: 'Conflict' };
      services.order.answers(409, problem, { 'content-type': 'application/problem+json' });
      const answer = await asAlice('/api/orders', { method: 'POST' });
      expect([answer.status, answer.headers['content-type'], answer.json]).toEqual([
        409,
        'application/problem+json',
        problem,
      ]);
    });

    it.each([
      '/api/nothing',
      '/metrics',
      '/admin/products',
      '/livez',
      '/internal',
      '/api/internal/x',
      '/api/products/1/price',
      '/products',
    ])('has nothing at %s', async (target) => {
      const answer = await send(gateway.port, target, { headers: bearer(admin) });
      expect([answer.status, answer.json.code]).toEqual([404, 'route-not-found']);
    });

    it('says which methods an address takes', async () => {
      const answer = await asAlice('/api/cart', { method: 'POST' });
      expect([answer.status, answer.json.code, answer.headers.allow]).toEqual([
        405,
        'method-not-allowed',
        'GET, HEAD, PUT, DELETE',
      ]);
    });

    it.each(['/', '/api/pages/product/nope', '/api/products'])('takes no POST at %s', async (target) => {
      const answer = await asAlice(target, { method: 'POST' });
      expect([answer.status, answer.json.code, answer.headers.allow]).toEqual([405, 'method-not-allowed', 'GET, HEAD']);
    });

    it.each(['/', '/api/products', '/api/stock/LAMP', '/api/orders/7', '/api/pages/product/nope'])(
      'answers HEAD %s like GET, without a body',
      async (target) => {
        services.order.answers(404, { code: 'order-not-found' }, { 'content-length': '26' });
        const [get, head] = [await asAlice(target), await asAlice(target, { method: 'HEAD' })];
        expect([head.status, head.headers['content-type'], head.text]).toEqual([
          get.status,
          get.headers['content-type'],
          '',
        ]);
        expect(Number(head.headers['content-length'] ?? get.text.length)).toBe(get.text.length);
      },
    );

    it('tells services the path that the caller knows, and nobody else can', async () => {
      await asAlice('/api/orders/7?wait=1s', { headers: { 'x-souk-public-path': '/spoofed' } });
      expect(services.order.seen[0]?.headers['x-souk-public-path']).toBe('/api/orders/7');
      const own = await asAlice('/api/nothing', { headers: { 'x-souk-public-path': '/spoofed' } });
      expect(own.json).toMatchObject({ instance: '/api/nothing' });
    });

    it('finds no page for what cannot be an id, and asks nobody', async () => {
      const answer = await asAlice('/api/pages/product/nope');
      expect([answer.status, answer.json.code, services.catalog.seen]).toEqual([404, 'product-not-found', []]);
    });

    it.each(['/?x=1', '/api/pages/product/nope?x=1'])('reads no query at %s', async (target) => {
      expect((await asAlice(target)).json).toMatchObject({ code: 'validation-failed', errors: [{ path: 'x' }] });
    });

    it.each([
      '/api/../metrics',
      '/api/products/..%2f..%2fadmin',
      '/api/products/%2e%2e',
      '/api/products\\x',
      '/api/products/a%252fb',
    ])('refuses %s', async (target) => {
      const answer = await send(gateway.port, target);
      expect([answer.status, answer.json.code]).toEqual([400, 'path-refused']);
      expect(services.catalog.seen).toEqual([]);
    });

    it('refuses a body over 1 MiB and what cannot be decoded, without asking the service', async () => {
      const large = await asAlice('/api/orders', { method: 'POST', body: 'x'.repeat(1024 * 1024 + 1) });
      expect([large.status, large.json.code]).toEqual([413, 'body-too-large']);
      const chunked = { 'transfer-encoding': 'chunked' };
      const flood = await asAlice('/api/orders', {
        method: 'POST',
        body: 'x'.repeat(2 * 1024 * 1024),
        headers: chunked,
      });
      expect([flood.status, flood.json.code]).toEqual([413, 'body-too-large']);
      expect((await send(gateway.port, '/api/products/%ff')).status).toBe(400);
      expect(services.order.seen).toEqual([]);
    });

    it('serves the guide with the address of the shop, or that of this machine', async () => {
      const answer = await send(gateway.port, '/', { headers: { host: 'evil.test' } });
      expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/plain; charset=utf-8']);
      expect(answer.text).toContain(`curl -s '${SHOP}/api/categories'`);
      const here = await send(gateway.port, '/guide', { headers: { host: 'localhost:81' } });
      expect(here.text).toContain("curl -s 'http://localhost:81/api/categories'");
    });
  });

  describe('streams', () => {
    it('hands events through as they come', async () => {
      let push: (text: string) => void = () => undefined;
      let closed = false;
      services.order.handler = (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }).flushHeaders();
        push = (text) => void response.write(text);
        response.once('close', () => (closed = true));
      };
      const stop = new AbortController();
      const answer = await fetch(`http://127.0.0.1:${gateway.port}/api/orders/o-1/stream`, {
        headers: bearer(alice),
        signal: stop.signal,
      });
      expect(answer.headers.get('content-type')).toBe('text/event-stream');
      const reader = answer.body?.getReader();
      for (const text of ['data: 1\n\n', 'data: 2\n\n']) {
        push(text);
        expect(new TextDecoder().decode((await reader?.read())?.value)).toBe(text);
      }
      stop.abort();
      await waitFor(() => closed, { what: 'the end of the stream at the service' });
    });

    it('ends the call to the service when the caller hangs up', async () => {
      const closed = new Promise<void>((resolve) => {
        services.order.handler = (_request, response) => void response.once('close', resolve);
      });
      const stop = new AbortController();
      const call = fetch(`http://127.0.0.1:${gateway.port}/api/orders/o-1?wait=30s`, {
        headers: bearer(alice),
        signal: stop.signal,
      }).catch(() => 'gone');
      await waitFor(() => services.order.seen.length === 1, { what: 'the call at the service' });
      stop.abort();
      expect(await call).toBe('gone');
      await closed;
    });
  });

  describe('a connection', () => {
    const raw = (text: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const socket = connect(gateway.port, '127.0.0.1', () => socket.write(text));
        let answer = '';
        socket.on('data', (chunk) => (answer += chunk));
        socket.on('close', () => resolve(answer));
        socket.on('error', reject);
      });
    const post = 'POST /api/products HTTP/1.1\r\nHost: a\r\n';

    it.each([
      ['two lengths', `${post}Content-Length: 4\r\nContent-Length: 5\r\n\r\n{}{}`],
      ['a length and chunks', `${post}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
      ['an unknown encoding', `${post}Transfer-Encoding: cow\r\n\r\n0\r\n\r\n`],
      ['a space before the colon', `${post}Content-Length : 4\r\n\r\n{}{}`],
      ['no host', 'GET /api/products HTTP/1.1\r\n\r\n'],
      ['a folded header', `${post}X-A: 1\r\n 2\r\n\r\n`],
    ])('with %s ends with 400 before any service is asked', async (_what, text) => {
      expect(await raw(text)).toMatch(/^HTTP\/1.1 400 /);
      expect(services.catalog.seen).toEqual([]);
    });

    it('with very long or very many headers ends with 431', async () => {
      expect(await raw(`GET / HTTP/1.1\r\nHost: a\r\nX-A: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1.1 431 /);
      const many = Array.from({ length: 150 }, (_, n) => `x${n}: 1\r\n`).join('');
      expect(await raw(`GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${many}\r\n`)).toMatch(/^HTTP\/1.1 431 /);
    });
  });
});
