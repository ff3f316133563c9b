import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@souk/testing';
import { aToken, type Keys, newKeys, openShop, send, type TestShop } from '../gateway.mother.js';
import { Browser } from './browser.mother.js';
import { FakeProvider } from './provider.mother.js';

describe('the gateway and its identity provider', () => {
  let keys: Keys;
  let provider: FakeProvider;
  let shop: TestShop | undefined;
  let now: number;
  beforeEach(async () => {
    keys = await newKeys();
    provider = new FakeProvider(keys);
    now = Math.floor(Date.now() / 1_000);
  });
  afterEach(async () => {
    await shop?.close();
    shop = undefined;
  });

  /** With the provider stopped, at an address where it can come back. */
  const openBefore = async (env: Record<string, string> = {}): Promise<number> => {
    const port = Number(new URL((await provider.start()).url).port);
    await provider.stop();
    const OIDC_URL = `http://127.0.0.1:${port}`;
    const reached = Object.defineProperty(provider, 'url', { value: OIDC_URL });
    shop = await openShop({ provider: reached, now: () => now, env });
    return port;
  };
  const open = async (env: Record<string, string> = {}): Promise<TestShop> =>
    (shop = await openShop({ provider: await provider.start(), now: () => now, env }));
  const cart = async (token: string) => {
    const { status, json } = await send(shop?.gateway.port ?? 0, '/api/cart', {
      headers: { authorization: `Bearer ${token}` },
    });
    return status === 200 ? status : json.code;
  };
  const keysAreKnown = () => waitFor(() => provider.asked('/jwks') > 0, { what: 'a look at the keys' });

  it('starts without it: visitors browse, tokens and sign-ins wait, and all goes well once it is there', async () => {
    const port = await openBefore();
    if (shop === undefined) throw new Error('no shop');
    const { gateway } = shop;
    expect((await send(gateway.port, '/api/products')).status).toBe(200);
    const token = await aToken(keys);
    expect(await cart(token)).toBe('identity-unavailable');
    const login = await send(gateway.port, '/auth/login');
    expect([login.status, login.json.code, login.headers['retry-after']]).toEqual([503, 'identity-unavailable', '1']);
    const page = await send(gateway.port, '/auth/login', { headers: { accept: 'text/html' } });
    expect([page.status, page.headers.location]).toEqual([303, '/#identity-unavailable']);
    await provider.start(port);
    now += 1;
    expect(await cart(token)).toBe(200);
    expect((await new Browser(gateway).signIn()).status).toBe(303);
  });

  it('FED-9 goes on for hours when it is away: tokens and sessions are good until they end', async () => {
    const { gateway } = await open();
    const browser = new Browser(gateway);
    provider.tokenSeconds = 4 * 3_600;
    await browser.signIn();
    await provider.stop();
    for (let hour = 0; hour < 3; hour++) {
      expect(await cart(await aToken(keys, { sub: `user-${hour}`, expiresIn: 4 * 3_600 }))).toBe(200);
      expect((await browser.send('/api/cart')).status).toBe(200);
      now += 3_600;
    }
    expect(await cart(await aToken(await newKeys(), { expiresIn: 4 * 3_600 }))).toBe('identity-unavailable');
    await provider.start();
  });

  it('keeps the keys of a provider that nobody has needed yet', async () => {
    await open();
    await keysAreKnown();
    await provider.stop();
    expect(await cart(await aToken(keys))).toBe(200);
    await provider.start();
  });

  it('FED-10 takes the tokens of a new key at once, and is not made to look for every forged one', async () => {
    await open();
    expect(await cart(await aToken(keys))).toBe(200);
    provider.keys = await newKeys();
    now += 1;
    expect(await cart(await aToken(provider.keys))).toBe(200);
    const looks = provider.asked('/jwks');
    for (let call = 0; call < 20; call++) expect(await cart(await aToken(await newKeys()))).toBe('token-invalid');
    expect(provider.asked('/jwks')).toBe(looks);
  });

  it('FED-10 takes no token of a key that is withdrawn, seen before or not: after forty seconds in use', async () => {
    await open();
    const [seen, unseen] = [
      await aToken(keys, { expiresIn: 9_000 }),
      await aToken(keys, { sub: 'bob', expiresIn: 9_000 }),
    ];
    expect(await cart(seen)).toBe(200);
    provider.keys = await newKeys();
    now += 30;
    const looks = provider.asked('/jwks');
    expect(await cart(seen)).toBe(200);
    await waitFor(() => provider.asked('/jwks') > looks, { what: 'another look at the keys' });
    now += 10;
    expect([await cart(seen), await cart(unseen)]).toEqual(['token-invalid', 'token-invalid']);
    expect(await cart(await aToken(provider.keys))).toBe(200);
  });

  it.each(['by its public name', 'by the address it was asked at'])(
    'is reached at OIDC_URL where it names itself %s',
    async (how) => {
      await provider.start();
      if (how !== 'by its public name') provider.baseUrl = provider.url;
      shop = await openShop({ provider, now: () => now });
      const browser = new Browser(shop.gateway);
      expect(new URL(await browser.leave()).origin).toBe('http://identity.test');
      expect((await browser.signIn()).status).toBe(303);
      expect(await browser.session()).toMatchObject({ user: 'alice' });
    },
  );

  it('believes no provider that speaks as another', async () => {
    await provider.start();
    provider.baseUrl = provider.url;
    shop = await openShop({ provider, now: () => now, env: { OIDC_ISSUER: 'http://other.test' } });
    expect(await cart(await aToken(keys, { issuer: 'http://other.test' }))).toBe('identity-unavailable');
  });

  it('GK-4 ID tokens are no access tokens', async () => {
    await open();
    expect(await cart(await aToken(keys, { audience: 'souk-gateway' }))).toBe('token-invalid');
  });

  it('behind https its cookies are for https, and for this host alone', async () => {
    const { gateway } = await open({ PUBLIC_URL: 'https://shop.test' });
    const browser = new Browser(gateway);
    const lines = (await browser.signIn()).headers['set-cookie'] ?? [];
    expect(lines.map((line) => line.replace(/=[^;]*/, ''))).toEqual([
      '__Host-souk-login; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure',
      '__Host-souk-session; Path=/; Max-Age=43200; HttpOnly; SameSite=Lax; Secure',
    ]);
    expect((await browser.session()).user).toBe('alice');
    const tossed = { cookie: `souk-session=${browser.cookies.get('__Host-souk-session')}` };
    expect((await send(gateway.port, '/auth/session', { headers: tossed })).status).toBe(401);
  });
});
