import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { INTERNAL_AUDIENCE, INTERNAL_ISSUER } from '@souk/contracts';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet, SignJWT } from 'jose';
import { aToken, FakeService, type Keys, newKeys, type RunningGateway, send, startGateway } from './gateway.mother.js';

describe('gateway', () => {
  let services: { catalog: FakeService; inventory: FakeService; order: FakeService };
  let keys: { issuer: Keys; internal: Keys };
  let gateway: RunningGateway;
  let alice: string;
  let admin: string;

  beforeAll(async () => {
    keys = { issuer: await newKeys(), internal: await newKeys() };
    services = { catalog: await new FakeService().start(), inventory: await new FakeService().start(), order: await new FakeService().start() };
    gateway = await startGateway(services, keys);
    alice = await aToken(keys.issuer);
    admin = await aToken(keys.issuer, { sub: 'admin', roles: ['customer', 'admin'] });
  });
  afterAll(async () => {
    await gateway.close();
    await Promise.all(Object.values(services).map((service) => service.stop()));
  });
  beforeEach(() => {
    for (const service of Object.values(services)) {
      service.seen.length = 0;
      service.answers(200, { from: 'service' });
    }
  });

  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const asAlice = (target: string, options: Parameters<typeof send>[2] = {}) =>
    send(gateway.port, target, { ...options, headers: { ...bearer(alice), ...options.headers } });
  const internalClaims = async (header: string | undefined) => {
    const { body } = (await gateway.management.find('/jwks.json')?.()) ?? {};
    const token = /^Bearer (.+)$/.exec(header ?? '')?.[1] ?? '';
    const options = { issuer: INTERNAL_ISSUER, audience: INTERNAL_AUDIENCE, algorithms: ['ES256'] };
    return (await jwtVerify(token, createLocalJWKSet(body as JSONWebKeySet), options)).payload;
  };

  describe('routing', () => {
    it('passes query, body and answer on as bytes', async () => {
      services.order.answers(202, { orderId: 'o-1' }, { location: '/orders/o-1', etag: '"1"', server: 'secret', 'x-internal': '1' });
      const body = '{ "lines" : [ ] ,"spacing":"kept" }';
      const headers = { 'content-type': 'application/json', 'idempotency-key': 'k-1' };
      const answer = await asAlice('/api/orders?a=1&b=%20x', { method: 'POST', body, headers });
      expect(services.order.seen).toEqual([expect.objectContaining({ method: 'POST', url: '/orders?a=1&b=%20x', body })]);
      expect(services.order.seen[0]?.headers).toMatchObject({ 'idempotency-key': 'k-1', 'content-type': 'application/json', 'content-length': String(body.length) });
      expect([answer.status, answer.json]).toEqual([202, { orderId: 'o-1' }]);
      expect(answer.headers).toMatchObject({ location: '/api/orders/o-1', etag: '"1"', 'x-content-type-options': 'nosniff' });
      expect(answer.headers).not.toHaveProperty('x-internal');
      expect(answer.headers).not.toHaveProperty('server');
    });

    it('passes problems of services on untouched', async () => {
      const problem = { type: 't', status: 409, code: 'price-changed', title: 'Conflict' };
      services.order.answers(409, problem, { 'content-type': 'application/problem+json' });
      const answer = await asAlice('/api/orders', { method: 'POST' });
      expect([answer.status, answer.headers['content-type'], answer.json]).toEqual([409, 'application/problem+json', problem]);
    });

    it.each(['/api/nothing', '/metrics', '/admin/products', '/livez', '/internal', '/api/internal/x', '/api/products/1/price', '/products'])(
      'has nothing at %s',
      async (target) => {
        const answer = await send(gateway.port, target, { headers: bearer(admin) });
        expect([answer.status, answer.json.code]).toEqual([404, 'route-not-found']);
      },
    );

    it('says which methods an address takes', async () => {
      const answer = await asAlice('/api/cart', { method: 'POST' });
      expect([answer.status, answer.json.code, answer.headers.allow]).toEqual([405, 'method-not-allowed', 'GET, PUT, DELETE']);
    });

    it.each(['/api/../metrics', '/api/products/..%2f..%2fadmin', '/api/products/%2e%2e', '/api/products\\x', '/api/products/a%252fb'])(
      'refuses %s',
      async (target) => {
        const answer = await send(gateway.port, target);
        expect([answer.status, answer.json.code]).toEqual([400, 'path-refused']);
        expect(services.catalog.seen).toEqual([]);
      },
    );

    it('refuses a body over 1 MiB and what cannot be decoded, without asking the service', async () => {
      const large = await asAlice('/api/orders', { method: 'POST', body: 'x'.repeat(1024 * 1024 + 1) });
      expect([large.status, large.json.code]).toEqual([413, 'body-too-large']);
      const chunked = { 'transfer-encoding': 'chunked' };
      const flood = await asAlice('/api/orders', { method: 'POST', body: 'x'.repeat(2 * 1024 * 1024), headers: chunked });
      expect([flood.status, flood.json.code]).toEqual([413, 'body-too-large']);
      expect((await send(gateway.port, '/api/products/%ff')).status).toBe(400);
      expect(services.order.seen).toEqual([]);
    });

    it('serves the guide with the address of the caller', async () => {
      const answer = await send(gateway.port, '/', { headers: { host: 'shop.example:81' } });
      expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/plain; charset=utf-8']);
      expect(answer.text).toContain("curl -s 'http://shop.example:81/api/categories'");
    });
  });

  describe('gatekeeper', () => {
    it('gives an anonymous caller a token of its own for the service', async () => {
      expect((await send(gateway.port, '/api/products')).status).toBe(200);
      const claims = await internalClaims(services.catalog.seen[0]?.headers.authorization);
      expect(claims).toMatchObject({ sub: 'anonymous', roles: [] });
      expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBeLessThanOrEqual(300);
    });

    it('tells the service who a signed-in caller is, never with the token of the caller', async () => {
      await asAlice('/api/cart');
      await asAlice('/api/cart');
      const [first, second] = services.order.seen.map((request) => request.headers.authorization);
      expect(first).toBe(second);
      expect(first).not.toContain(alice);
      expect(await internalClaims(first)).toMatchObject({ sub: 'alice', roles: ['customer'] });
    });

    it('never lets an internal token outlive the token it stands for', async () => {
      const brief = await aToken(keys.issuer, { sub: 'brief', expiresIn: 20 });
      await send(gateway.port, '/api/cart', { headers: bearer(brief) });
      const { exp = 0 } = await internalClaims(services.order.seen[0]?.headers.authorization);
      expect(exp).toBeLessThanOrEqual(Math.floor(Date.now() / 1_000) + 20);
    });

    it.each<[string, () => Promise<string | undefined>, number, string]>([
      ['no token', async () => undefined, 401, 'authentication-required'],
      ['another scheme', async () => 'Basic YTpi', 401, 'token-invalid'],
      ['garbage', async () => 'Bearer abc', 401, 'token-invalid'],
      ['an expired token', async () => `Bearer ${await aToken(keys.issuer, { expiresIn: -1 })}`, 401, 'token-expired'],
      ['a token without end', async () => `Bearer ${await aToken(keys.issuer, { expiresIn: null })}`, 401, 'token-invalid'],
      ['a token of another issuer', async () => `Bearer ${await aToken(keys.issuer, { issuer: 'https://evil' })}`, 401, 'token-invalid'],
      ['a token for another audience', async () => `Bearer ${await aToken(keys.issuer, { audience: INTERNAL_AUDIENCE })}`, 401, 'token-invalid'],
      ['a forged signature', async () => `Bearer ${await aToken(await newKeys())}`, 401, 'token-invalid'],
      ['a known key id with another key', async () => `Bearer ${await aToken({ ...(await newKeys()), publicJwk: keys.issuer.publicJwk })}`, 401, 'token-invalid'],
      ['an unknown role', async () => `Bearer ${await aToken(keys.issuer, { roles: ['root'] })}`, 401, 'token-invalid'],
      ['a changed payload', async () => `Bearer ${alice.replace(/\.[^.]+\./, `.${Buffer.from('{"sub":"admin"}').toString('base64url')}.`)}`, 401, 'token-invalid'],
      ['alg none', async () => `Bearer ${Buffer.from('{"alg":"none"}').toString('base64url')}.${alice.split('.')[1]}.x`, 401, 'token-invalid'],
      ['HS256 with the public key', async () => `Bearer ${await hs256(keys.issuer)}`, 401, 'token-invalid'],
      ['the internal token of the gateway itself', async () => services.catalog.seen[0]?.headers.authorization, 401, 'token-invalid'],
    ])('refuses %s', async (_what, make, status, code) => {
      await send(gateway.port, '/api/products');
      const authorization = await make();
      const answer = await send(gateway.port, '/api/cart', { headers: authorization === undefined ? {} : { authorization } });
      expect([answer.status, answer.json.code]).toEqual([status, code]);
      expect(services.order.seen).toEqual([]);
    });

    it('refuses a bad token also where none is needed', async () => {
      const answer = await send(gateway.port, '/api/products', { headers: bearer(await aToken(keys.issuer, { expiresIn: -1 })) });
      expect([answer.status, answer.json.code]).toEqual([401, 'token-expired']);
    });

    it('lets only admins to admin addresses', async () => {
      const post = (headers: Record<string, string>) => send(gateway.port, '/api/admin/products', { method: 'POST', body: '{}', headers });
      expect((await post({})).json.code).toBe('authentication-required');
      const customer = await post(bearer(alice));
      expect([customer.status, customer.json.code]).toEqual([403, 'forbidden']);
      expect(services.catalog.seen).toEqual([]);
      expect((await post(bearer(admin))).status).toBe(200);
      expect(services.catalog.seen[0]?.url).toBe('/admin/products');
    });

    it('strips identity and forwarding headers, in any spelling', async () => {
      const spoofed = { 'X-User-Id': '1', 'x-roles': 'admin', 'x-forwarded-for': '1.1.1.1', forwarded: 'for=1', cookie: 'a=1', connection: 'close, x-correlation-id', x_user_id: '1' };
      await asAlice('/api/cart', { headers: spoofed });
      const names = Object.keys(services.order.seen[0]?.headers ?? {}).sort();
      expect(names).toEqual(['authorization', 'connection', 'host', 'traceparent', 'x-correlation-id']);
    });

    it('carries trace and correlation id to the service and back', async () => {
      const headers = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'x-correlation-id': 'c-7' };
      const answer = await asAlice('/api/cart', { headers });
      expect(answer.headers['x-correlation-id']).toBe('c-7');
      expect(services.order.seen[0]?.headers).toMatchObject({ traceparent: expect.stringContaining('0af7651916cd43dd8448eb211c80319c'), 'x-correlation-id': 'c-7' });
      expect((await send(gateway.port, '/api/nothing')).headers['x-correlation-id']).toMatch(/^[0-9a-f-]{36}$/);
    });

    it('publishes no private key', async () => {
      const { body } = (await gateway.management.find('/jwks.json')?.()) ?? {};
      expect(body).toEqual({ keys: [keys.internal.publicJwk] });
      expect((await send(gateway.port, '/jwks.json')).status).toBe(404);
    });
  });

  describe('streams', () => {
    it('hands events through as they come', async () => {
      let push: (text: string) => void = () => undefined;
      services.order.handler = (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }).flushHeaders();
        push = (text) => void response.write(text);
      };
      const stop = new AbortController();
      const answer = await fetch(`http://127.0.0.1:${gateway.port}/api/orders/o-1/stream`, { headers: bearer(alice), signal: stop.signal });
      expect(answer.headers.get('content-type')).toBe('text/event-stream');
      const reader = answer.body?.getReader();
      for (const text of ['data: 1\n\n', 'data: 2\n\n']) {
        push(text);
        expect(new TextDecoder().decode((await reader?.read())?.value)).toBe(text);
      }
      stop.abort();
    });

    it('ends the call to the service when the caller hangs up', async () => {
      const closed = new Promise<void>((resolve) => {
        services.order.handler = (_request, response) => void response.once('close', resolve);
      });
      const stop = new AbortController();
      const call = fetch(`http://127.0.0.1:${gateway.port}/api/orders/o-1?wait=30s`, { headers: bearer(alice), signal: stop.signal }).catch(() => 'gone');
      setTimeout(() => stop.abort(), 50);
      expect(await call).toBe('gone');
      await closed;
    });
  });
});

const hs256 = (issuer: Keys): Promise<string> =>
  new SignJWT({ roles: ['admin'] })
    .setProtectedHeader({ alg: 'HS256', kid: issuer.publicJwk.kid ?? '' })
    .setSubject('admin')
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(JSON.stringify(issuer.publicJwk)));
