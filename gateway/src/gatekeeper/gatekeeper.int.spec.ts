import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { INTERNAL_AUDIENCE, INTERNAL_ISSUER } from '@souk/contracts';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify, SignJWT } from 'jose';
import { aToken, type Keys, newKeys, openShop, type RunningGateway, send, type TestShop } from '../gateway.mother.js';

describe('gatekeeper', () => {
  let shop: TestShop;
  let services: TestShop['services'];
  let keys: TestShop['keys'];
  let gateway: RunningGateway;
  let alice: string;
  let admin: string;

  beforeAll(async () => {
    shop = await openShop();
    ({ services, keys, gateway, alice, admin } = shop);
  });
  afterAll(() => shop.close());
  beforeEach(() => shop.reset());

  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const asAlice = (target: string, options: Parameters<typeof send>[2] = {}) =>
    send(gateway.port, target, { ...options, headers: { ...bearer(alice), ...options.headers } });
  const internalClaims = async (header: string | undefined) => {
    const { body } = (await gateway.management.find('/jwks.json')?.()) ?? {};
    const token = /^Bearer (.+)$/.exec(header ?? '')?.[1] ?? '';
    const options = { issuer: INTERNAL_ISSUER, audience: INTERNAL_AUDIENCE, algorithms: ['ES256'] };
    return (await jwtVerify(token, createLocalJWKSet(body as JSONWebKeySet), options)).payload;
  };

  it('GK-10 gives an anonymous caller a token of its own for the service', async () => {
    expect((await send(gateway.port, '/api/products')).status).toBe(200);
    const claims = await internalClaims(services.catalog.seen[0]?.headers.authorization);
    expect(claims).toMatchObject({ sub: 'anonymous', roles: [] });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBeLessThanOrEqual(300);
  });

  it('GK-10 tells the service who a signed-in caller is, never with the token of the caller', async () => {
    await asAlice('/api/cart');
    await asAlice('/api/cart');
    const [first, second] = services.order.seen.map((request) => request.headers.authorization);
    expect(first).toBe(second);
    expect(first).not.toContain(alice);
    expect(await internalClaims(first)).toMatchObject({ sub: 'alice', roles: ['customer'] });
  });

  it('GK-10 never lets an internal token outlive the token it stands for', async () => {
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
    [
      'a token without end',
      async () => `Bearer ${await aToken(keys.issuer, { expiresIn: null })}`,
      401,
      'token-invalid',
    ],
    [
      'a token of another issuer',
      async () => `Bearer ${await aToken(keys.issuer, { issuer: 'https://evil' })}`,
      401,
      'token-invalid',
    ],
    [
      'a token for another audience',
      async () => `Bearer ${await aToken(keys.issuer, { audience: INTERNAL_AUDIENCE })}`,
      401,
      'token-invalid',
    ],
    ['a forged signature', async () => `Bearer ${await aToken(await newKeys())}`, 401, 'token-invalid'],
    [
      'a known key id with another key',
      async () => `Bearer ${await aToken({ ...(await newKeys()), publicJwk: keys.issuer.publicJwk })}`,
      401,
      'token-invalid',
    ],
    [
      'somebody called nobody',
      async () => `Bearer ${await aToken(keys.issuer, { sub: 'anonymous' })}`,
      401,
      'token-invalid',
    ],
    [
      'roles that are no list',
      async () => `Bearer ${await aToken(keys.issuer, { claims: { roles: 'admin' } })}`,
      401,
      'token-invalid',
    ],
    [
      'a changed payload',
      async () => `Bearer ${alice.replace(/\.[^.]+\./, `.${Buffer.from('{"sub":"admin"}').toString('base64url')}.`)}`,
      401,
      'token-invalid',
    ],
    [
      'alg none',
      async () => `Bearer ${Buffer.from('{"alg":"none"}').toString('base64url')}.${alice.split('.')[1]}.x`,
      401,
      'token-invalid',
    ],
    ['HS256 with the public key', async () => `Bearer ${await hs256(keys.issuer)}`, 401, 'token-invalid'],
    [
      'the internal token of the gateway itself',
      async () => services.catalog.seen[0]?.headers.authorization,
      401,
      'token-invalid',
    ],
  ])('OFF-3 FED-3 refuses %s, and the service never hears of it', async (_what, make, status, code) => {
    await send(gateway.port, '/api/products');
    const authorization = await make();
    const answer = await send(gateway.port, '/api/cart', {
      headers: authorization === undefined ? {} : { authorization },
    });
    expect([answer.status, answer.json.code]).toEqual([status, code]);
    expect(services.order.seen).toEqual([]);
  });

  it('leaves out roles that mean nothing here', async () => {
    const roles = ['offline_access', 'customer', 'Admin'];
    const headers = bearer(await aToken(keys.issuer, { sub: 'carol', roles }));
    expect((await send(gateway.port, '/api/admin/orders', { headers })).json.code).toBe('forbidden');
    expect((await send(gateway.port, '/api/cart', { headers })).status).toBe(200);
    const claims = await internalClaims(services.order.seen[0]?.headers.authorization);
    expect(claims).toMatchObject({ sub: 'carol', roles: ['customer'] });
  });

  it('who was let in a moment ago comes no further than before', async () => {
    const token = await aToken(keys.issuer, { sub: 'erin' });
    const ask = (target: string, scheme = 'Bearer') =>
      send(gateway.port, target, { headers: { authorization: `${scheme} ${token}` } });
    const statuses = [];
    for (const target of ['/api/cart', '/api/cart', '/api/admin/orders']) statuses.push((await ask(target)).status);
    statuses.push((await ask('/api/cart', 'bearer')).status, (await ask('/api/cart', 'Bearer ')).status);
    expect(statuses).toEqual([200, 200, 403, 200, 401]);
  });

  it('refuses a bad token also where none is needed', async () => {
    const answer = await send(gateway.port, '/api/products', {
      headers: bearer(await aToken(keys.issuer, { expiresIn: -1 })),
    });
    expect([answer.status, answer.json.code]).toEqual([401, 'token-expired']);
  });

  it('FED-4 lets only admins to admin addresses', async () => {
    const post = (headers: Record<string, string>) =>
      send(gateway.port, '/api/admin/products', { method: 'POST', body: '{}', headers });
    expect((await post({})).json.code).toBe('authentication-required');
    const customer = await post(bearer(alice));
    expect([customer.status, customer.json.code]).toEqual([403, 'forbidden']);
    expect(services.catalog.seen).toEqual([]);
    expect((await post(bearer(admin))).status).toBe(200);
    expect(services.catalog.seen[0]?.url).toBe('/admin/products');
  });

  it('GK-4 strips identity and forwarding headers, in any spelling', async () => {
    const spoofed = {
      'X-User-Id': '1',
      'x-roles': 'admin',
      'x-forwarded-for': '1.1.1.1',
      forwarded: 'for=1',
      cookie: 'a=1',
      connection: 'close, x-correlation-id',
      x_user_id: '1',
    };
    await asAlice('/api/cart', { headers: spoofed });
    const names = Object.keys(services.order.seen[0]?.headers ?? {}).sort();
    const address = ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip'];
    const own = ['authorization', 'connection', 'host', 'traceparent', 'x-correlation-id', ...address];
    expect(names).toEqual([...own, 'x-souk-public-path']);
    expect(services.order.seen[0]?.headers).toMatchObject({ 'x-forwarded-for': '127.0.0.1', 'x-real-ip': '127.0.0.1' });
  });

  it('carries trace and correlation id to the service and back', async () => {
    const headers = {
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      'x-correlation-id': 'c-7',
    };
    const answer = await asAlice('/api/cart', { headers });
    expect(answer.headers['x-correlation-id']).toBe('c-7');
    expect(services.order.seen[0]?.headers).toMatchObject({
      traceparent: expect.stringContaining('0af7651916cd43dd8448eb211c80319c'),
      'x-correlation-id': 'c-7',
    });
    expect((await send(gateway.port, '/api/nothing')).headers['x-correlation-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('publishes no private key', async () => {
    const { body } = (await gateway.management.find('/jwks.json')?.()) ?? {};
    expect(body).toEqual({ keys: [keys.internal.publicJwk] });
    expect((await send(gateway.port, '/jwks.json')).status).toBe(404);
  });
});

const hs256 = (issuer: Keys): Promise<string> =>
  new SignJWT({ roles: ['admin'] })
    .setProtectedHeader({ alg: 'HS256', kid: issuer.publicJwk.kid ?? '' })
    .setSubject('admin')
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(JSON.stringify(issuer.publicJwk)));
