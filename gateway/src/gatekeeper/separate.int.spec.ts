import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@souk/testing';
import { decodeJwt } from 'jose';
import { gatewaySettings, send } from '../gateway.mother.js';
import { type GuardedShop, openGuardedShop } from './separate.mother.js';

const ITEM = '{"sku":"A-11","quantity":1}';

describe('the gatekeeper in a process of its own', () => {
  let guarded: GuardedShop;
  beforeAll(async () => {
    guarded = await openGuardedShop({ settings: gatewaySettings({ limitAnonymous: 1_000_000, limitUser: 1_000_000 }) });
  });
  afterAll(() => guarded.close());
  beforeEach(() => {
    guarded.shop.reset();
    guarded.arrived.length = 0;
    guarded.log.length = 0;
  });
  const call = (target: string, options: Parameters<typeof send>[2] = {}) => send(guarded.port, target, options);
  const asAlice = (method: string, target: string, body?: string, headers: Record<string, string> = {}) =>
    call(target, {
      method,
      headers: {
        authorization: `Bearer ${guarded.shop.alice}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body }),
    });
  /** Exactly these bytes; what came back until the other side closed, or said enough. */
  const raw = (bytes: string): Promise<string> =>
    new Promise((resolve, reject) => {
      let text = '';
      const socket = connect(guarded.port, '127.0.0.1', () => socket.write(bytes));
      socket.setTimeout(1_000, () => socket.destroy());
      socket.on('data', (chunk) => (text += chunk));
      socket.on('error', reject).on('close', () => resolve(text));
    });

  it('lets a request in and its answer out, byte by byte', async () => {
    guarded.shop.services.catalog.answers(200, { items: ['ü'] }, { etag: '"7"' });
    const answer = await call('/api/products?q=%C3%BC', { headers: { 'x-correlation-id': 'c-7' } });
    expect([answer.status, answer.text]).toEqual([200, '{"items":["ü"]}']);
    expect(answer.headers).toMatchObject({ 'x-correlation-id': 'c-7', 'x-content-type-options': 'nosniff' });
    expect(guarded.shop.services.catalog.seen[0]).toMatchObject({ url: '/products?q=%C3%BC' });
  });

  it('GK-8 the gateway goes on to decide who may do what', async () => {
    expect((await call('/api/cart')).json.code).toBe('authentication-required');
    expect((await asAlice('GET', '/api/cart')).status).toBe(200);
    expect((await asAlice('GET', '/api/admin/orders')).json.code).toBe('forbidden');
  });

  it('GK-3 a body goes in as it was understood', async () => {
    await asAlice('POST', '/api/cart/items', `{ "sku":"B-22", "sku":"A-11", "quantity":1}`);
    expect(guarded.shop.services.order.seen[0]).toMatchObject({
      url: '/cart/items',
      body: '{"sku":"A-11","quantity":1}',
    });
  });

  it.each<[string, string, string, string | undefined, Record<string, string>, number]>([
    ['a path that climbs', 'GET', '/api/../metrics', undefined, {}, 400],
    ['a path that is decoded twice', 'GET', '/api/products/%252e%252e', undefined, {}, 400],
    ['a method of nobody', 'PATCH', '/api/cart', ITEM, {}, 405],
    ['a write that nobody knows', 'POST', '/api/internal', ITEM, {}, 404],
    ['a form', 'POST', '/api/cart/items', 'a=b', { 'content-type': 'text/plain' }, 415],
    ['a compressed body', 'POST', '/api/cart/items', ITEM, { 'content-encoding': 'gzip' }, 415],
    ['a body that is too large', 'POST', '/api/cart/items', `"${'x'.repeat(1_048_576)}"`, {}, 413],
    ['a body that is too deep', 'POST', '/api/cart/items', '['.repeat(100) + ']'.repeat(100), {}, 400],
    ['an operator in place of a value', 'POST', '/api/cart/items', '{"sku":{"$gt":""},"quantity":1}', {}, 400],
    ['a field that nobody knows', 'POST', '/api/cart/items', '{"sku":"A-11","quantity":1,"role":"admin"}', {}, 400],
    ['__proto__', 'POST', '/api/cart/items', '{"sku":"A-11","quantity":1,"__proto__":{}}', {}, 400],
    ['no body where one is needed', 'POST', '/api/cart/items', undefined, {}, 400],
    [
      'more headers than anybody sends',
      'GET',
      '/api/products',
      undefined,
      Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`x-${index}`, 'a'])),
      431,
    ],
    ['headers that are too long', 'GET', '/api/products', undefined, { 'x-long': 'a'.repeat(17_000) }, 431],
  ])(
    'GK-3 GK-11 refuses %s, and the gateway never hears of it',
    async (_what, method, target, body, headers, status) => {
      const answer = await asAlice(method, target, body, headers);
      expect([answer.status, guarded.arrived]).toEqual([status, []]);
      expect(answer.headers['content-type']).toContain('application/problem+json');
    },
  );

  it.each<[string, string]>([
    [
      'a length and chunks',
      'POST /api/cart/items HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['two lengths', 'POST /api/cart/items HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde'],
    [
      'a body of a read',
      'GET /api/products HTTP/1.1\r\nHost: a\r\nContent-Length: 27\r\n\r\nGET /api/cart HTTP/1.1\r\n\r\n',
    ],
    ['two hosts', 'GET /api/products HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
    [
      'a header that goes on in the next line',
      'GET /api/products HTTP/1.1\r\nHost: a\r\nX-A: b\r\n x-user-id: 1\r\n\r\n',
    ],
    ['a bare line feed', 'GET /api/products HTTP/1.1\nHost: a\nX-A: b\n\n'],
    ['an absolute address', 'GET http://inventory/admin HTTP/1.1\r\nHost: a\r\n\r\n'],
  ])('GK-3 refuses %s on the wire, and the gateway never hears of it', async (_what, bytes) => {
    expect(await raw(bytes)).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(guarded.arrived).toEqual([]);
  });

  it('GK-4 forged identity and forwarding headers do not come in, and the caller is who the gatekeeper saw', async () => {
    await asAlice('GET', '/api/cart', undefined, {
      'X-User-Id': '1',
      x_roles: 'admin',
      forwarded: 'for=1.1.1.1',
      'x-forwarded-for': '1.1.1.1',
      'x-souk-public-path': '/evil',
      'x-souk-pass': 'forged',
      connection: 'close, authorization',
    });
    const [{ headers } = { headers: {} }] = guarded.arrived;
    expect(Object.keys(headers).sort()).toEqual([
      'authorization',
      'connection',
      'host',
      'traceparent',
      'x-correlation-id',
      'x-forwarded-for',
      'x-forwarded-host',
      'x-forwarded-proto',
      'x-real-ip',
      'x-souk-pass',
    ]);
    expect(headers).toMatchObject({ 'x-forwarded-for': '127.0.0.1' });
    expect(guarded.shop.services.order.seen[0]?.headers).toMatchObject({ 'x-real-ip': '127.0.0.1' });
    expect(guarded.shop.services.order.seen[0]?.headers).not.toHaveProperty('x-souk-pass');
  });

  it('GK-10 what it shows inwards is short-lived and says nothing of the caller', async () => {
    await asAlice('GET', '/api/cart');
    const claims = decodeJwt(String(guarded.arrived[0]?.headers['x-souk-pass']));
    expect(claims).toEqual({
      iss: 'souk-gatekeeper',
      aud: 'souk-gateway',
      iat: expect.any(Number),
      exp: expect.any(Number),
    });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBeLessThanOrEqual(60);
  });

  it('GK-1 the gateway takes nothing from whoever comes another way, with the best of tokens', async () => {
    const { gateway, admin, services } = guarded.shop;
    const direct = (headers: Record<string, string>) => send(gateway.port, '/api/products', { headers });
    const attempts: Record<string, string>[] = [{}, { authorization: `Bearer ${admin}` }, { 'x-souk-pass': admin }];
    for (const headers of attempts) {
      const { status, json } = await direct(headers);
      expect([status, json.code]).toEqual([403, 'forbidden']);
    }
    expect(services.catalog.seen).toEqual([]);
  });

  it('lets a batch in: what is in it was let in with it', async () => {
    const body = JSON.stringify({ requests: [{ method: 'GET', path: '/api/products' }] });
    const answer = await asAlice('POST', '/api/batch', body);
    expect([answer.status, guarded.shop.services.catalog.seen.length]).toEqual([200, 1]);
  });

  it('GK-3 a batch goes in whole or not at all: what nobody may send alone is not sent in it', async () => {
    const item = (body: object) => ({ method: 'POST', path: '/api/cart/items', body });
    const requests = [item({ sku: 'A-11', quantity: 1 }), item({ sku: { $gt: '' }, quantity: 1 })];
    const answer = await asAlice('POST', '/api/batch', JSON.stringify({ requests }));
    expect([answer.status, guarded.arrived]).toEqual([400, []]);
    expect(answer.json).toMatchObject({ code: 'validation-failed', errors: [{ path: 'requests.1.body.sku' }] });
    expect((await asAlice('POST', '/api/batch', JSON.stringify({ requests: requests.slice(0, 1) }))).status).toBe(200);
    expect(guarded.shop.services.order.seen.map((one) => one.body)).toEqual(['{"sku":"A-11","quantity":1}']);
  });

  const count = (name: string): number => {
    const line = guarded
      .metrics()
      .split('\n')
      .find((one) => one.startsWith(`souk_gatekeeper_${name} `));
    return Number(line?.split(' ').at(-1) ?? 0);
  };

  it('GK-11 counts what it refused, its parser included, and lets nothing be counted as both', async () => {
    const names = ['refused_total{code="path-refused"}', 'refused_total{code="unreadable"}', 'passed_total'];
    const all = () => [...names.map(count), guarded.metrics().split('refused_total{').length];
    await call('/api/../metrics');
    await raw('NONSENSE\r\n\r\n');
    const before = all();
    await call('/api/../metrics');
    await raw('NONSENSE\r\n\r\n');
    await call('/api/products');
    expect(all()).toEqual(before.map((value, at) => (at < 3 ? value + 1 : value)));
    expect(guarded.log.filter(({ msg }) => msg === 'refused')).toMatchObject([
      { code: 'path-refused', client: '127.0.0.1', path: '/api/../metrics' },
      { code: 'unreadable', client: '127.0.0.1' },
      { code: 'path-refused' },
      { code: 'unreadable' },
    ]);
  });

  it('GK-11 counts and tells an address that cannot be decoded, which meets no hook', async () => {
    const before = count('refused_total{code="malformed-url"}');
    const { status, json } = await call('/api/products/%ff?q=secret');
    expect([status, json.code, count('refused_total{code="malformed-url"}')]).toEqual([
      400,
      'malformed-url',
      before + 1,
    ]);
    expect(guarded.log.at(-1)).toMatchObject({ code: 'malformed-url', path: '/api/products/%ff', client: '127.0.0.1' });
    expect(guarded.arrived).toEqual([]);
  });

  it('GK-11 tells of an answer that the gateway cut, once, and gives its place back', async () => {
    let cut = (): unknown => undefined;
    guarded.shop.services.order.handler = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' }).write('{');
      cut = () => response.destroy();
    };
    const socket = connect(guarded.port, '127.0.0.1');
    socket.write(`GET /api/cart HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${guarded.shop.alice}\r\n\r\n`);
    await once(socket, 'data');
    expect(count('under_way{way="prompt"}')).toBe(1);
    cut();
    await once(socket, 'close');
    const told = () => guarded.log.filter(({ msg }) => msg === 'an answer was cut');
    await waitFor(() => told().length > 0, { what: 'the line' });
    expect([told().length, count('under_way{way="prompt"}')]).toEqual([1, 0]);
    expect(guarded.metrics()).not.toContain('souk_gatekeeper_unanswered_total{');
  });

  it('OFF-6 tells of no certificate where it has none', () => {
    expect(guarded.metrics()).not.toContain('souk_certificate');
  });

  it('GK-11 OFF-4 a script of a listed origin can read why it was turned away, and nobody else', async () => {
    const origin = 'https://shop.example.org';
    const settings = gatewaySettings({ corsOrigins: [origin] });
    const listed = await openGuardedShop({ settings }, { GATEWAY_URL: 'http://127.0.0.1:1' });
    const of = async (target: string, from: string | undefined, method = 'GET') => {
      const { status, headers } = await send(listed.port, target, { method, headers: from ? { origin: from } : {} });
      return [status, headers['access-control-allow-origin'], headers['access-control-expose-headers'], headers.vary];
    };
    const readable = (status: number) => [status, origin, expect.stringContaining('retry-after'), 'Origin'];
    expect(await of('/api/../metrics', origin)).toEqual(readable(400));
    expect(await of('/api/internal', origin, 'DELETE')).toEqual(readable(404));
    expect(await of('/api/../metrics', 'https://evil.example')).toEqual([400, undefined, undefined, 'Origin']);
    expect(await of('/api/../metrics', undefined)).toEqual([400, undefined, undefined, 'Origin']);
    expect(await of('/api/products', origin)).toEqual(readable(503));
    await listed.close();
  });

  it('GK-3 GK-11 the variant that reads no body lets in what the real one refuses', async () => {
    const unread = await openGuardedShop({}, { SOUK_VARIANTS: 'gatekeeper-unread' });
    const body = '{"sku":{"$gt":""},"quantity":1}';
    const headers = { authorization: `Bearer ${unread.shop.alice}`, 'content-type': 'application/json' };
    await send(unread.port, '/api/cart/items', { method: 'POST', headers, body });
    expect(unread.shop.services.order.seen.map((one) => one.body)).toEqual([body]);
    await unread.close();
  });

  it('answers for a gateway that is away', async () => {
    const lonely = await openGuardedShop({}, { GATEWAY_URL: 'http://127.0.0.1:1' });
    const answer = await send(lonely.port, '/api/products');
    expect([answer.status, answer.json.code, answer.headers['retry-after']]).toEqual([
      503,
      'upstream-unavailable',
      '1',
    ]);
    await lonely.close();
  });

  it('ends the call to the gateway when the caller leaves', async () => {
    let closed: (() => void) | undefined;
    const ended = new Promise<void>((resolve) => (closed = resolve));
    guarded.shop.services.order.handler = (_request, response) => void response.on('close', () => closed?.());
    const socket = connect(guarded.port, '127.0.0.1');
    socket.write(`GET /api/cart HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${guarded.shop.alice}\r\n\r\n`);
    while (guarded.shop.services.order.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    socket.destroy();
    await ended;
  });
});
