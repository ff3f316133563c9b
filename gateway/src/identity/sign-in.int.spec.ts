import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@souk/testing';
import { newKeys, openShop, SHOP, type TestShop } from '../gateway.mother.js';
import { Browser } from './browser.mother.js';

describe('sign-in by browser', () => {
  let now: number;
  let shop: TestShop;
  let browser: Browser;
  beforeAll(async () => {
    now = Math.floor(Date.now() / 1_000);
    shop = await openShop({ now: () => now });
  });
  afterAll(() => shop.close());
  beforeEach(() => {
    shop.reset();
    now = Math.floor(Date.now() / 1_000);
    const { provider } = shop.gateway;
    Object.assign(provider, {
      fault: undefined,
      idClaims: {},
      accessAudience: undefined,
      rotates: true,
      tokenSeconds: 600,
    });
    provider.removed.clear();
    provider.seen.length = 0;
    browser = new Browser(shop.gateway);
  });

  it('goes to the provider with PKCE, state and nonce, and comes back signed in to where it began', async () => {
    const url = new URL(await browser.leave('/docs?tag=cart'));
    expect(url.origin + url.pathname).toBe('http://identity.test/authorize');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'souk-gateway',
      response_type: 'code',
      scope: 'openid',
      redirect_uri: `${SHOP}/auth/callback`,
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    });
    const back = await browser.comeBack(url.href);
    expect([back.status, back.headers.location]).toEqual([303, `${SHOP}/docs?tag=cart`]);
    expect(await browser.session()).toMatchObject({
      user: 'alice',
      roles: ['customer'],
      csrfToken: expect.stringMatching(/^[\w-]{32}$/),
    });
  });

  it('acts as the user by cookie alone, and the cookie goes no further than here', async () => {
    await browser.signIn('bob');
    shop.services.order.answers(200, {}, { 'set-cookie': 'stolen=1', 'x-secret': '1' });
    const answer = await browser.send('/api/cart');
    expect([answer.status, answer.headers['set-cookie'], answer.headers['cache-control']]).toEqual([
      200,
      undefined,
      'private, no-cache',
    ]);
    const [seen] = shop.services.order.seen;
    const claims = JSON.parse(Buffer.from(seen?.headers.authorization?.split('.')[1] ?? '', 'base64url').toString());
    expect(claims).toMatchObject({ sub: 'bob', roles: ['customer'] });
    expect(seen?.headers).not.toHaveProperty('cookie');
    expect(seen?.headers).not.toHaveProperty('x-csrf-token');
  });

  it('sets a cookie for the browser alone, well below what browsers take', async () => {
    const [, session = ''] = (await browser.signIn()).headers['set-cookie'] ?? [];
    expect(session.replace(/=[^;]+/, '')).toBe('souk-session; Path=/; Max-Age=43200; HttpOnly; SameSite=Lax');
    expect(session.length).toBeLessThan(2_500);
    expect(session).not.toContain('eyJhbGciOiJFUzI1NiI');
  });

  it('takes a Bearer token before the cookie, a bad one too', async () => {
    await browser.signIn('alice');
    const asAdmin = { authorization: `Bearer ${shop.admin}` };
    expect((await browser.send('/api/admin/products', { method: 'POST', headers: asAdmin, body: '{}' })).status).toBe(
      200,
    );
    expect((await browser.send('/api/cart', { headers: { authorization: 'Bearer x.y.z' } })).json.code).toBe(
      'token-invalid',
    );
    const forbidden = await browser.send('/api/admin/products', { method: 'POST', headers: await browser.csrf() });
    expect(forbidden.json.code).toBe('forbidden');
  });

  it.each(['login', 'callback', 'session', 'logout', 'nothing', 'session?x=1'])(
    '/auth/%s is for no cache',
    async (path) => {
      expect((await browser.send(`/auth/${path}`)).headers['cache-control']).toBe('no-store');
    },
  );

  describe('a way back to somewhere else', () => {
    it.each([
      '//evil.test',
      '/\\evil.test',
      '\\\\evil.test',
      'https://evil.test',
      'http:evil.test',
      'javascript:alert(1)',
      '/\t/evil.test',
      '/ok\r\nset-cookie: a=1',
      '/\u0000',
      '',
      'evil.test',
      '@evil.test',
      '/auth/login',
      '/x/../auth/callback?code=1',
      `/${'x'.repeat(500)}`,
    ])('is refused: %j', async (returnTo) => {
      const answer = await browser.send(`/auth/login?returnTo=${encodeURIComponent(returnTo)}`);
      expect([answer.status, answer.json.code, answer.headers.location]).toEqual([400, 'validation-failed', undefined]);
    });

    it.each([
      '/..//evil.test',
      '/%2f%2fevil.test',
      '/./\u002f/evil.test',
      '/.//evil.test',
      '/@evil.test',
      '/#//evil.test',
    ])('stays here however it is written: %j', async (returnTo) => {
      const location = (await browser.signIn('alice', returnTo)).headers.location ?? '';
      expect(new URL(location, `${SHOP}/auth/callback`).origin).toBe(SHOP);
      expect(location.startsWith(`${SHOP}/`)).toBe(true);
    });

    it('is not taken twice or with other fields', async () => {
      for (const query of ['returnTo=/a&returnTo=//evil.test', 'returnTo=/a&next=/b'])
        expect((await browser.send(`/auth/login?${query}`)).json.code).toBe('validation-failed');
    });
  });

  describe('a callback', () => {
    const failed = async (answer: Promise<{ status: number; json: { code?: string } }>) => {
      const { status, json } = await answer;
      expect([status, json.code]).toEqual([401, 'sign-in-failed']);
      expect(browser.cookies.has('souk-session')).toBe(false);
    };
    const back = (url: string, change: (query: URLSearchParams) => void = () => undefined) => {
      const callback = shop.gateway.provider.authorize(url);
      change(callback.searchParams);
      return callback.pathname + callback.search;
    };

    it('of a browser that began nothing signs nobody in', async () => {
      const url = await new Browser(shop.gateway).leave();
      await failed(browser.send(back(url)));
      expect(shop.gateway.provider.asked('/token')).toBe(0);
    });

    it('with the state of another sign-in signs nobody in', async () => {
      const other = await new Browser(shop.gateway).leave();
      await browser.leave();
      await failed(browser.send(back(other)));
      expect(shop.gateway.provider.asked('/token')).toBe(0);
    });

    it('that somebody else made cancels no sign-in under way', async () => {
      const url = await browser.leave();
      for (const query of ['', '?x', '?code=1&state=2', '?error=access_denied'])
        await failed(browser.send(`/auth/callback${query}`));
      expect((await browser.comeBack(url)).status).toBe(303);
      expect((await browser.session()).user).toBe('alice');
    });

    it.each<[string, (query: URLSearchParams) => void]>([
      ['without state', (query) => query.delete('state')],
      ['with two states', (query) => query.append('state', 'x')],
      ['without code', (query) => query.delete('code')],
      ['of another provider', (query) => query.set('iss', 'http://evil.test')],
      ['without provider', (query) => query.delete('iss')],
      ['with a code of nobody', (query) => query.set('code', 'guessed')],
      ['with a refusal', (query) => (query.delete('code'), query.set('error', 'access_denied'))],
    ])('%s signs nobody in', async (_what, change) => {
      await failed(browser.send(back(await browser.leave(), change)));
    });

    it('with the code of another browser signs nobody in: PKCE binds it', async () => {
      const [mine, theirs] = [await browser.leave(), await new Browser(shop.gateway).leave()];
      const code = shop.gateway.provider.authorize(theirs, 'victim').searchParams.get('code') ?? '';
      await failed(browser.send(back(mine, (query) => query.set('code', code))));
    });

    it('works once: replayed, it signs nobody in', async () => {
      const target = back(await browser.leave());
      const copy = new Browser(shop.gateway);
      copy.cookies.set('souk-login', browser.cookies.get('souk-login') ?? '');
      expect((await browser.send(target)).status).toBe(303);
      expect(browser.cookies.has('souk-login')).toBe(false);
      browser = copy;
      await failed(copy.send(target));
    });

    it('after ten minutes signs nobody in', async () => {
      const target = back(await browser.leave());
      now += 600;
      await failed(browser.send(target));
      expect(shop.gateway.provider.asked('/token')).toBe(0);
    });

    it.each([
      ['another nonce', { nonce: 'x' }],
      ['another audience', { aud: 'other-client' }],
      ['another issuer', { iss: 'http://evil.test' }],
    ])('with an ID token of %s signs nobody in', async (_what, idClaims) => {
      const url = await browser.leave();
      shop.gateway.provider.idClaims = idClaims;
      await failed(browser.comeBack(url));
    });

    it('with an access token for somebody else signs nobody in', async () => {
      shop.gateway.provider.accessAudience = 'other-api';
      const answer = await browser.signIn();
      expect([answer.status, answer.json.code]).toEqual([401, 'token-invalid']);
      expect(browser.cookies.size).toBe(0);
    });

    it('with tokens that no cookie holds is a fault, and nobody is half signed in', async () => {
      shop.gateway.provider.padding = 3_000;
      const answer = await browser.signIn().finally(() => (shop.gateway.provider.padding = 0));
      expect([answer.status, answer.json.code]).toEqual([500, 'internal-error']);
      expect(browser.cookies.size).toBe(0);
    });

    it('begins a session of its own: nothing of an earlier one stays', async () => {
      await browser.signIn('bob');
      const before = await browser.session();
      await browser.signIn('alice');
      const after = await browser.session();
      expect([before.user, after.user]).toEqual(['bob', 'alice']);
      expect(after.csrfToken).not.toBe(before.csrfToken);
    });
  });

  describe('with the provider away', () => {
    it.each([
      { status: 500, body: { error: 'server_error' } },
      { status: 503, body: 'away' },
      { status: 401, body: { error: 'invalid_client' } },
    ])('a callback is not called a bad one when it answers %j', async (fault) => {
      const url = await browser.leave();
      shop.gateway.provider.fault = fault;
      const answer = await browser.comeBack(url);
      expect([answer.status, answer.json.code]).toEqual([503, 'identity-unavailable']);
    });

    it('brings people to a page that says so', async () => {
      const answer = await browser.send('/auth/callback?code=1&state=2', { headers: { accept: 'text/html,*/*' } });
      expect([answer.status, answer.headers.location]).toEqual([303, '/#sign-in-failed']);
    });
  });

  it('CFG-10 follows its key: the old one opens what it sealed, a key that has gone does not', async () => {
    await browser.signIn();
    const file = join(shop.gateway.dir, 'session.key');
    const { readFileSync } = await import('node:fs');
    const old = readFileSync(file, 'utf8');
    const next = Buffer.from((await newKeys()).privateJwk.d ?? '', 'base64url').toString('base64url');
    const kid = () =>
      JSON.parse(Buffer.from(browser.cookies.get('souk-session')?.split('.')[0] ?? '', 'base64url').toString()).kid;
    const before = kid();
    writeFileSync(file, `${next}\n${old}\n`);
    await waitFor(async () => (await new Browser(shop.gateway).signIn(), await browser.signIn(), kid() !== before), {
      what: 'the new key',
    });
    const signedBefore = browser.cookies.get('souk-session') ?? '';
    writeFileSync(file, old);
    await waitFor(
      async () => {
        const copy = new Browser(shop.gateway);
        copy.cookies.set('souk-session', signedBefore);
        return (await copy.session()).code === 'authentication-required';
      },
      { what: 'the end of the new key' },
    );
  });
});
