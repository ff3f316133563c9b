import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { aToken, type Keys, newKeys, openShop, send, startGateway, type TestShop } from '../gateway.mother.js';
import { ISSUER } from '../keys.mother.js';
import { Browser } from './browser.mother.js';
import { CLIENT, FakeProvider } from './provider.mother.js';

const CORPORATE = 'http://corp.test/login';

describe('a gateway that believes two issuers', () => {
  let [folder, shop]: [string, TestShop | undefined] = ['', undefined];
  let [keys, corporateKeys]: Keys[] = [];
  let [social, corporate]: FakeProvider[] = [];
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'issuers-'));
    [keys, corporateKeys] = [await newKeys(), await newKeys()];
    social = await new FakeProvider(keys).start();
    corporate = await new FakeProvider(corporateKeys, CORPORATE).start();
    corporate.accessClaims = { groups: ['bosses'], email: 'carla@corp.example' };
  });
  afterEach(async () => {
    await shop?.close();
    await corporate?.stop();
    rmSync(folder, { recursive: true });
  });

  /** The file in which they stand; `more` is said of the corporate one. */
  function believed(more: object = {}): string {
    const [file, secret] = [join(folder, 'issuers.yaml'), join(folder, 'secret')];
    const one = (label: string, provider: FakeProvider | undefined, own: object): object => ({
      label,
      issuer: provider?.issuer,
      reachedAt: provider?.url,
      clientSecretFile: secret,
      ...own,
    });
    const words = { claims: { roles: 'groups' }, roles: { bosses: ['admin'] }, everybody: ['customer'] };
    writeFileSync(secret, CLIENT.secret);
    const issuers = {
      social: one('Social', social, { subjects: 'plain' }),
      corporate: one('The <Corp>', corporate, { domains: ['corp.example'], ...words, ...more }),
    };
    writeFileSync(file, JSON.stringify({ issuers }));
    return file;
  }

  async function open(variants = '', more: object = {}): Promise<TestShop> {
    const env = { ISSUERS_FILE: believed(more), SOUK_VARIANTS: variants };
    return (shop = await openShop({ ...(social && { provider: social }), env }));
  }

  const ask = async (token: string, path = '/api/cart', more: Record<string, string> = {}) => {
    const { status, json } = await send(shop?.gateway.port ?? 0, path, {
      headers: { authorization: `Bearer ${token}`, ...more },
    });
    return status === 200 ? status : json.code;
  };
  /** As whom the order service was asked last. */
  const seenAs = () => {
    const { authorization = '' } = shop?.services.order.seen.at(-1)?.headers ?? {};
    const { sub, roles } = decodeJwt(authorization.slice('Bearer '.length));
    return { sub, roles };
  };
  const ofCorporate = (claims: Record<string, unknown> = {}, from = corporateKeys) =>
    aToken(from as Keys, {
      issuer: CORPORATE,
      sub: '4f0c',
      claims: { roles: undefined, groups: ['bosses'], ...claims },
    });

  it('FED-2 FED-4 gives a token of its own for those of both, in its own words', async () => {
    await open();
    expect(await ask(await aToken(keys as Keys))).toBe(200);
    expect(seenAs()).toEqual({ sub: 'alice', roles: ['customer'] });
    expect(await ask(await ofCorporate())).toBe(200);
    expect(seenAs()).toEqual({ sub: 'corporate:4f0c', roles: ['customer', 'admin'] });
  });

  it('FED-7 takes a token that tells nothing but an opaque id', async () => {
    await open();
    expect(await ask(await ofCorporate({ groups: undefined }))).toBe(200);
    expect(seenAs()).toEqual({ sub: 'corporate:4f0c', roles: ['customer'] });
    expect(await ask(await ofCorporate({ groups: undefined }), '/api/admin/orders')).toBe('forbidden');
  });

  it('FED-3 refuses what one signed in the name of the other, and whom nobody knows', async () => {
    await open();
    expect(await ask(await ofCorporate({}, keys))).toBe('token-invalid');
    expect(await ask(await aToken(corporateKeys as Keys, { issuer: ISSUER }))).toBe('token-invalid');
    expect(await ask(await aToken(keys as Keys, { issuer: 'https://evil.test' }))).toBe('token-invalid');
    expect(await ask(await aToken(keys as Keys, { sub: 'corporate:4f0c' }))).toBe('token-invalid');
  });

  it('FED-6 knows alice of one from alice of the other; without the id of the issuer she would be one', async () => {
    await open();
    await ask(await ofCorporate({ sub: 'alice' }));
    expect(seenAs().sub).toBe('corporate:alice');
    await shop?.close();
    social = await new FakeProvider(keys as Keys).start();
    await open('issuers-mixed');
    await ask(await ofCorporate({ sub: 'alice' }));
    expect(seenAs().sub).toBe('alice');
  });

  it('FED-5 asks where somebody belongs, and remembers it from the first sign-in on', async () => {
    const { gateway } = await open();
    const browser = new Browser(gateway);
    const page = await browser.send('/auth/login?returnTo=/%22%3Cb%3E');
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.text).toContain(
      '<a class="button" href="/auth/login?issuer=corporate&amp;returnTo=%2F%22%3Cb%3E">The &lt;Corp&gt;</a>',
    );
    expect(page.text).not.toContain('<b>');
    expect(page.headers['content-security-policy']).toContain(
      "form-action 'self' https: http://identity.test http://corp.test;",
    );
    const away = await browser.leave('/', { issuer: 'corporate' });
    expect(away).toMatch(/^http:\/\/corp\.test\/login\/authorize\?/);
    expect((await browser.comeBack(away, '4f0c', corporate)).status).toBe(303);
    expect(await browser.session()).toMatchObject({
      user: 'corporate:4f0c',
      email: 'carla@corp.example',
      roles: ['customer', 'admin'],
    });
    const { headers } = await browser.send('/auth/logout', { method: 'POST', headers: await browser.csrf() });
    expect(headers['set-cookie']).toEqual([
      expect.stringMatching(/^souk-session=; .*Max-Age=0/),
      expect.stringMatching(/^souk-signed-out=/),
    ]);
    expect(new URL(await browser.leave()).host).toBe('corp.test');
    expect((await browser.send('/auth/login?choose=true')).status).toBe(200);
  });

  it('FED-5 goes by the domain of an address, which the provider is told', async () => {
    const { gateway } = await open();
    const browser = new Browser(gateway);
    const url = new URL(await browser.leave('/', { email: 'carla@corp.example' }));
    expect([url.host, url.searchParams.get('login_hint')]).toEqual(['corp.test', 'carla@corp.example']);
    const nowhere = await browser.send('/auth/login?email=x%27%26%3C@elsewhere.test');
    expect([nowhere.status, nowhere.json.code]).toEqual([400, 'validation-failed']);
    const page = await browser.send('/auth/login?email=eve@elsewhere.test');
    expect(page.text).toContain('Nobody here is responsible for eve@elsewhere.test.');
    const none = await browser.send('/auth/login?issuer=evil');
    expect([none.status, none.json.code]).toEqual([400, 'validation-failed']);
  });

  describe('one of which is the provider of a tenant', () => {
    const [ours, theirs] = [{ host: 'shop.test:8080' }, { host: 'ACME.shop.test:8080' }];
    beforeEach(() => open('', { shop: 'http://acme.shop.test:8080' }));

    it('FED-12 lets its people in at the address of the tenant and nowhere else, and nobody else there', async () => {
      const [alice, carla] = [await aToken(keys as Keys), await ofCorporate()];
      // Twice: of whom was seen before the answer comes by a shorter way.
      for (const _time of [1, 2]) {
        expect(await ask(carla, '/api/cart', theirs)).toBe(200);
        expect(seenAs().sub).toBe('corporate:4f0c');
        expect(await ask(carla, '/api/cart', ours)).toBe('token-invalid');
        expect(await ask(carla, '/api/products', ours)).toBe('token-invalid');
        expect(await ask(alice, '/api/cart', ours)).toBe(200);
        expect(await ask(alice, '/api/cart', theirs)).toBe('token-invalid');
      }
      expect((await send(shop?.gateway.port ?? 0, '/api/products', { headers: theirs })).status).toBe(200);
    });

    it('FED-12 what is in a batch comes in by the address of the batch', async () => {
      const requests = [{ method: 'GET', path: '/api/cart' }];
      const statusOf = async (headers: Record<string, string>) => {
        const token = { authorization: `Bearer ${await ofCorporate()}`, 'content-type': 'application/json' };
        const options = { method: 'POST', headers: { ...token, ...headers }, body: JSON.stringify({ requests }) };
        const { status, json } = await send(shop?.gateway.port ?? 0, '/api/batch', options);
        return [status, ...((json['responses'] as { status: number }[] | undefined) ?? []).map((one) => one.status)];
      };
      expect(await statusOf(theirs)).toEqual([200, 200]);
      expect((await statusOf(ours))[0]).toBe(401);
    });

    it('FED-5 FED-12 leads to its provider from the address of the tenant, and back there', async () => {
      if (shop === undefined || corporate === undefined) throw new Error('no shop');
      const browser = new Browser(shop.gateway, theirs.host);
      const away = new URL(await browser.leave('/docs'));
      expect([away.host, away.searchParams.get('redirect_uri')]).toEqual([
        'corp.test',
        'http://acme.shop.test:8080/auth/callback',
      ]);
      const back = await browser.comeBack(away.href, '4f0c', corporate);
      expect([back.status, back.headers.location]).toEqual([303, 'http://acme.shop.test:8080/docs']);
      expect(await browser.session()).toMatchObject({ user: 'corporate:4f0c' });
      expect((await browser.send('/api/cart')).status).toBe(200);
      // The cookie of one address, carried to the other.
      expect((await browser.send('/api/cart', { headers: ours })).status).toBe(401);
    });

    it('FED-12 who is signed in at another address is a visitor with an ended session', async () => {
      if (shop === undefined || corporate === undefined) throw new Error('no shop');
      const browser = new Browser(shop.gateway, theirs.host);
      await browser.comeBack(await browser.leave(), '4f0c', corporate);
      const session = await browser.send('/auth/session', { headers: ours });
      expect([session.status, session.json.code]).toEqual([401, 'session-ended']);
      await browser.comeBack(await browser.leave(), '4f0c', corporate);
      expect((await browser.send('/api/products', { headers: ours })).status).toBe(200);
    });

    it('FED-5 FED-12 is no choice for anybody else, not even by its name', async () => {
      if (shop === undefined) throw new Error('no shop');
      const browser = new Browser(shop.gateway, ours.host);
      expect(new URL(await browser.leave()).host).toBe('identity.test');
      expect((await browser.send('/auth/login?issuer=corporate')).status).toBe(400);
      expect((await browser.send('/auth/login?issuer=social', { headers: theirs })).status).toBe(400);
    });
  });

  it('renews a session where it began, and ends it there', async () => {
    const { gateway } = await open();
    const browser = new Browser(gateway);
    if (corporate === undefined || social === undefined) throw new Error('no providers');
    corporate.tokenSeconds = 5;
    await browser.comeBack(await browser.leave('/', { issuer: 'corporate' }), '4f0c', corporate);
    const before = corporate.asked('/token');
    expect((await browser.send('/api/cart')).status).toBe(200);
    expect([corporate.asked('/token') - before, social.asked('/token')]).toEqual([1, 0]);
    const out = await browser.send('/auth/logout', { method: 'POST', headers: await browser.csrf() });
    expect(out.json).toEqual({ endSessionUrl: expect.stringMatching(/^http:\/\/corp\.test\/login\/end\?/) });
    expect([corporate.asked('/revoke'), social.asked('/revoke')]).toEqual([1, 0]);
  });

  it('goes on with sessions from before there were two', async () => {
    if (social === undefined) throw new Error('no provider');
    social.tokenSeconds = 5;
    const { gateway, services, keys: own } = (shop = await openShop({ provider: social }));
    const browser = new Browser(gateway);
    await browser.comeBack(await browser.leave(), 'alice', social);
    const env = { ISSUERS_FILE: believed(), SESSION_KEY_FILE: join(gateway.dir, 'session.key') };
    const next = await startGateway(services, own, { provider: social, env });
    const same = new Browser(next);
    for (const [name, value] of browser.cookies) same.cookies.set(name, value);
    const before = social.asked('/token');
    expect((await same.send('/api/cart')).status).toBe(200);
    expect([social.asked('/token') - before, seenAs().sub]).toEqual([1, 'alice']);
    await next.app.close();
    rmSync(next.dir, { recursive: true });
  });

  it('FED-9 is as many token services as there are replicas: what began at one goes on at another', async () => {
    const { gateway, services, keys: own } = await open();
    const env = { ISSUERS_FILE: join(folder, 'issuers.yaml'), SESSION_KEY_FILE: join(gateway.dir, 'session.key') };
    if (corporate === undefined || social === undefined) throw new Error('no providers');
    const second = await startGateway(services, own, { provider: social, env });
    const browser = new Browser(gateway);
    const away = await browser.leave('/', { issuer: 'corporate' });
    const { pathname, search } = corporate.authorize(away, '4f0c');
    const other = new Browser(second);
    for (const [name, value] of browser.cookies) other.cookies.set(name, value);
    expect((await other.send(pathname + search)).status).toBe(303);
    await second.app.close();
    rmSync(second.dir, { recursive: true });
    for (const [name, value] of other.cookies) browser.cookies.set(name, value);
    expect((await browser.send('/api/cart')).status).toBe(200);
    expect(seenAs().sub).toBe('corporate:4f0c');
  });

  it('FED-9 lets people of one sign in while the other is away, and says so to the others', async () => {
    const { gateway } = await open();
    if (corporate === undefined || social === undefined) throw new Error('no providers');
    expect(await ask(await aToken(keys as Keys))).toBe(200);
    await social.stop();
    const browser = new Browser(gateway);
    expect((await browser.comeBack(await browser.leave('/', { issuer: 'corporate' }), '4f0c', corporate)).status).toBe(
      303,
    );
    expect(await ask(await aToken(keys as Keys, { sub: 'bob' }))).toBe(200);
    const away = await browser.leave('/', { issuer: 'social' });
    const { status, json } = await browser.comeBack(away, 'bob', social);
    expect([status, json.code]).toEqual([503, 'identity-unavailable']);
  });
});
