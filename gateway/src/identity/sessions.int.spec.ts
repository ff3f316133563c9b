import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@souk/testing';
import { CompactEncrypt } from 'jose';
import { openShop, type TestShop } from '../gateway.mother.js';
import { packagedTable } from '../routing/routes.js';
import { Browser } from './browser.mother.js';

describe('a session', () => {
  let now: number;
  let shop: TestShop;
  let browser: Browser;
  beforeAll(async () => {
    shop = await openShop({ now: () => now });
  });
  afterAll(() => shop.close());
  beforeEach(async () => {
    shop.reset();
    now = Math.floor(Date.now() / 1_000);
    const { provider } = shop.gateway;
    Object.assign(provider, { fault: undefined, rotates: true, tokenSeconds: 600 });
    provider.removed.clear();
    browser = new Browser(shop.gateway);
    await browser.signIn();
    provider.seen.length = 0;
  });

  const cookie = () => browser.cookies.get('souk-session') ?? '';
  const asked = () => Object.values(shop.services).flatMap(({ seen }) => seen);

  describe('writes only with its CSRF token', () => {
    const writes = [
      ...packagedTable.routes
        .filter(({ method }) => method !== 'GET')
        .map(({ method, path }) => [method, path.replaceAll(/:\w+/g, 'x')]),
      ['POST', '/api/activity'],
      ['POST', '/auth/logout'],
    ] as [string, string][];

    it.each(writes)('%s %s', async (method, target) => {
      const content = method === 'DELETE' || target === '/auth/logout' ? {} : { body: '{}' };
      for (const given of [undefined, '', 'x'.repeat(32), ['a', 'b']]) {
        const headers = { 'content-type': 'application/json', ...(given !== undefined && { 'x-csrf-token': given }) };
        const { status, json } = await browser.send(target, { method, headers, ...content });
        expect([status, json.code]).toEqual([403, 'csrf-token-invalid']);
      }
      expect(asked()).toEqual([]);
      expect((await browser.session()).user).toBe('alice');
    });

    it.each(['application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/plain'])(
      'a form of another site has none: %s',
      async (type) => {
        const body = `csrf=${(await browser.session()).csrfToken}`;
        const headers = { 'content-type': type, origin: 'http://evil.test', 'x-http-method-override': 'GET' };
        const { json } = await browser.send('/api/orders', { method: 'POST', headers, body });
        expect(json.code).toBe('csrf-token-invalid');
        expect(asked()).toEqual([]);
      },
    );

    it('and with the one of another session as little; with its own, it does', async () => {
      const bob = new Browser(shop.gateway);
      await bob.signIn('bob');
      const put = (headers: Record<string, string>) =>
        browser.send('/api/cart', { method: 'PUT', headers, body: '{}' });
      expect((await put(await bob.csrf())).status).toBe(403);
      expect((await put(await browser.csrf())).status).toBe(200);
      expect(shop.services.order.seen).toHaveLength(1);
    });
  });

  describe('counts as none', () => {
    const encrypted = (content: object, secret: Uint8Array, header: object) =>
      new CompactEncrypt(new TextEncoder().encode(JSON.stringify(content)))
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', ...header })
        .encrypt(secret);
    const kid = () => JSON.parse(Buffer.from(cookie().split('.')[0] ?? '', 'base64url').toString()).kid as string;
    const forged = { accessToken: '', goodUntil: 9e9, endsAt: 9e9, csrf: 'x' };

    it.each<[string, () => string | Promise<string>]>([
      // Not the last letter of a part: some of its bits mean nothing.
      ['when a byte was changed', () => cookie().replace(/.(?=.{9}\.[^.]*$)/, (one) => (one === 'A' ? 'B' : 'A'))],
      ['when its tag was changed', () => cookie().replace(/\.[^.]*$/, `.${'A'.repeat(22)}`)],
      ['when it was cut', () => cookie().slice(0, -40)],
      ['when it is longer than browsers keep', () => cookie() + 'x'.repeat(4_096)],
      ['when it is garbage', () => 'a.b.c.d.e'],
      ['when it is empty', () => ''],
      ['with another key', () => encrypted(forged, Buffer.alloc(32, 1), { kid: kid(), typ: 'souk-session' })],
      ['with a key of nobody', () => encrypted(forged, Buffer.alloc(32), { kid: 'x', typ: 'souk-session' })],
      ['unsealed', () => `${Buffer.from('{"alg":"none"}').toString('base64url')}....`],
      ['when it is the bare access token', () => shop.alice],
      [
        'when it is the cookie of a sign-in under way',
        async () => (await browser.leave(), browser.cookies.get('souk-login') ?? ''),
      ],
    ])('%s, and is taken away', async (_what, make) => {
      browser.cookies.set('souk-session', await make());
      const orders = await browser.send('/api/cart');
      expect([orders.status, orders.json.code]).toEqual([401, 'authentication-required']);
      expect(browser.cookies.has('souk-session')).toBe(false);
      expect(asked()).toEqual([]);
    });

    it('when the header of cookies is too long for anybody, without harm', async () => {
      const headers = { cookie: `souk-session=${'x'.repeat(20_000)}` };
      expect((await browser.send('/api/cart', { headers })).status).toBe(431);
    });

    it('after twelve hours, whatever was renewed in between', async () => {
      now += 12 * 3_600 - 1;
      shop.gateway.provider.tokenSeconds = 13 * 3_600;
      expect((await browser.session()).user).toBe('alice');
      now += 1;
      expect((await browser.session()).code).toBe('authentication-required');
      expect(browser.cookies.size).toBe(0);
    });
  });

  describe('whose access token has ended', () => {
    // Tokens are stamped by the real clock; the gateway looks at them ten minutes later.
    const later = () => {
      now += 595;
      shop.gateway.provider.tokenSeconds = 3_600;
    };

    it('is renewed once for all who ask at the same time, and for those who come late with the old cookie', async () => {
      later();
      const before = cookie();
      const answers = await Promise.all(Array.from({ length: 20 }, () => browser.send('/api/cart')));
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
      const fresh = cookie();
      expect(fresh).not.toBe(before);
      browser.cookies.set('souk-session', before);
      expect((await browser.send('/api/cart')).status).toBe(200);
      expect(shop.gateway.provider.asked('/token')).toBe(1);
    });

    it('is renewed again and again where one refresh token is good for all renewals', async () => {
      Object.assign(shop.gateway.provider, { rotates: false, tokenSeconds: 15 });
      await browser.signIn();
      now += 8;
      for (let round = 0; round < 3; round++) expect((await browser.session()).user).toBe('alice');
      expect(shop.gateway.provider.asked('/token')).toBe(4);
    });

    it('ends with it where the provider gives no refresh tokens', async () => {
      shop.gateway.provider.givesRefreshTokens = false;
      await browser.signIn();
      shop.gateway.provider.givesRefreshTokens = true;
      later();
      expect((await browser.session()).user).toBe('alice');
      now += 10;
      expect([(await browser.session()).code, browser.cookies.size]).toEqual(['session-ended', 0]);
    });

    it('keeps user and CSRF token, and sets its cookie beside other headers of the answer', async () => {
      const before = await browser.session();
      later();
      const answer = await browser.send('/api/cart', { method: 'PUT', headers: await browser.csrf(), body: '{}' });
      expect(answer.status).toBe(200);
      expect(await browser.session()).toEqual(before);
    });

    it('FED-11 ends when the provider refuses: the cookie goes, and whoever only looks around is a visitor', async () => {
      shop.gateway.provider.removed.add('alice');
      expect((await browser.send('/api/cart')).status).toBe(200);
      later();
      const kept = cookie();
      const refused = await browser.send('/api/cart');
      expect([refused.status, refused.json.code, browser.cookies.size]).toEqual([401, 'session-ended', 0]);
      browser.cookies.set('souk-session', kept);
      expect((await browser.send('/api/products')).status).toBe(200);
      expect(browser.cookies.size).toBe(0);
      const claims = shop.services.catalog.seen[0]?.headers.authorization?.split('.')[1] ?? '';
      expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({ sub: 'anonymous' });
    });

    it.each([
      { status: 500, body: {} },
      { status: 429, body: { error: 'slow_down' } },
      { status: 401, body: { error: 'invalid_client' } },
    ])('stays while the provider cannot answer (%j), and goes on afterwards', async (fault) => {
      later();
      shop.gateway.provider.fault = fault;
      const away = await browser.send('/api/cart');
      // Five seconds are left of the token.
      expect(away.status).toBe(200);
      now += 10;
      const ended = await browser.send('/api/cart');
      expect([ended.status, ended.json.code, ended.headers['retry-after']]).toEqual([503, 'identity-unavailable', '1']);
      expect((await browser.send('/api/products')).status).toBe(200);
      expect(cookie()).not.toBe('');
      shop.gateway.provider.fault = undefined;
      expect((await browser.send('/api/cart')).status).toBe(200);
    });
  });

  describe('ends by sign-out', () => {
    it('here, at the provider, and for whoever has a copy of the cookie once the token ends', async () => {
      const copy = new Browser(shop.gateway);
      copy.cookies.set('souk-session', cookie());
      const { status, json } = await browser.send('/auth/logout', { method: 'POST', headers: await browser.csrf() });
      expect([status, cookie()]).toEqual([200, '']);
      const end = new URL(String(json.endSessionUrl));
      expect(end.origin + end.pathname).toBe('http://identity.test/end');
      expect(Object.fromEntries(end.searchParams)).toEqual({
        client_id: 'souk-gateway',
        post_logout_redirect_uri: 'http://shop.test:8080/',
      });
      expect((await browser.session()).code).toBe('authentication-required');
      now += 595;
      expect((await copy.session()).code).toBe('session-ended');
    });

    it('also for whoever comes late with the cookie from before a renewal', async () => {
      const late = new Browser(shop.gateway);
      late.cookies.set('souk-session', cookie());
      Object.assign(shop.gateway.provider, { tokenSeconds: 3_600 });
      now += 595;
      const headers = await browser.csrf();
      expect((await browser.send('/auth/logout', { method: 'POST', headers })).status).toBe(200);
      expect((await late.session()).code).toBe('session-ended');
    });

    it('also for an answer that is on its way with a renewed cookie, and not for whoever signs in next', async () => {
      const headers = await browser.csrf();
      const held = Promise.withResolvers<void>();
      shop.services.order.handler = (_request, response) => void held.promise.then(() => response.end('{}'));
      now += 595;
      const waiting = browser.send('/api/cart');
      await waitFor(() => shop.services.order.seen.length === 1, { what: 'the call to be under way' });
      expect((await browser.send('/auth/logout', { method: 'POST', headers })).status).toBe(200);
      held.resolve();
      expect((await waiting).status).toBe(200);
      expect(cookie()).not.toBe('');
      expect([(await browser.session()).code, cookie()]).toEqual(['authentication-required', '']);
      await browser.signIn('bob');
      expect((await browser.session()).user).toBe('bob');
    });

    it('also with the provider away, and when there was none', async () => {
      shop.gateway.provider.fault = { status: 500, body: {} };
      for (const headers of [await browser.csrf(), {}]) {
        const answer = await browser.send('/auth/logout', { method: 'POST', headers });
        expect([answer.status, cookie()]).toEqual([200, '']);
      }
    });

    it.each(['GET', 'PUT', 'DELETE'])('not by %s', async (method) => {
      const answer = await browser.send('/auth/logout', { method });
      expect([answer.status, answer.headers.allow]).toEqual([405, 'POST']);
      expect((await browser.session()).user).toBe('alice');
    });
  });
});
