import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import * as client from 'openid-client';
import { Browser } from './test/browser.js';
import { AFTER_SIGN_OUT, beginSignIn, signIn, TestIdentity } from './test/identity.mother.js';

let identity: TestIdentity;
let gateway: client.Configuration;
beforeAll(async () => {
  identity = await TestIdentity.start();
  gateway = await identity.gateway();
});
afterAll(() => identity.tidyUp());

const verified = async (token: string) => {
  const keys = createRemoteJWKSet(new URL('/jwks', identity.url));
  return jwtVerify(token, keys, { issuer: identity.url, audience: 'souk-api', typ: 'at+jwt', algorithms: ['ES256'] });
};

describe('signing in with a browser', () => {
  it('FED-3 FED-4 gives a token that anybody can check, with the roles of the user', async () => {
    const tokens = await signIn(gateway, 'admin');
    const { payload } = await verified(tokens.access_token);
    expect(payload).toMatchObject({ sub: 'admin', roles: ['customer', 'admin'], client_id: 'souk-gateway' });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(600);
    expect(tokens.expires_in).toBe(600);
    expect(tokens.claims()).toMatchObject({ sub: 'admin', roles: ['customer', 'admin'], preferred_username: 'admin' });
  });

  it('FED-6 makes somebody new a customer', async () => {
    expect(decodeJwt((await signIn(gateway, 'carol-7')).access_token)).toMatchObject({
      sub: 'carol-7',
      roles: ['customer'],
    });
  });

  it('FED-8 does not ask again while the session lasts', async () => {
    const browser = new Browser();
    await signIn(gateway, 'bob', browser);
    const { url, checks } = await beginSignIn(gateway);
    await browser.open(url);
    const tokens = await client.authorizationCodeGrant(gateway, browser.url, checks);
    expect(decodeJwt(tokens.access_token).sub).toBe('bob');
  });

  it('lets another person take over the browser', async () => {
    const browser = new Browser();
    const { refresh_token: refresh = '' } = await signIn(gateway, 'bob', browser);
    const { url, checks } = await beginSignIn(gateway, { prompt: 'login' });
    await (await browser.open(url)).submit('/login', { user: 'alice' });
    // Bob's session ends first: a form that submits itself where there is script.
    await browser.submit('/session/end/confirm');
    const tokens = await client.authorizationCodeGrant(gateway, browser.url, checks);
    expect(decodeJwt(tokens.access_token).sub).toBe('alice');
    // The session was bob's; nothing of it is left to the one who sits there now.
    await expect(client.refreshTokenGrant(gateway, refresh)).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  it('lets the person cancel', async () => {
    const { url, checks } = await beginSignIn(gateway);
    const browser = await (await new Browser().open(url)).submit('/abort');
    await expect(client.authorizationCodeGrant(gateway, browser.url, checks)).rejects.toMatchObject({
      error: 'access_denied',
    });
  });

  it('renews an access token without the person', async () => {
    const { refresh_token: refresh = '', access_token: first } = await signIn(gateway, 'alice');
    const renewed = await client.refreshTokenGrant(gateway, refresh);
    expect(renewed.access_token).not.toBe(first);
    expect((await verified(renewed.access_token)).payload).toMatchObject({ sub: 'alice', roles: ['customer'] });
  });

  it('ends by signing out: the session and what was granted with it', async () => {
    const browser = new Browser();
    const { refresh_token: first = '' } = await signIn(gateway, 'alice', browser);
    const { refresh_token: second = '' } = await signIn(gateway, 'alice', browser);
    const out = client.buildEndSessionUrl(gateway, { post_logout_redirect_uri: AFTER_SIGN_OUT, state: 'bye' });
    await browser.open(out);
    expect(browser.text).toContain('<h1>Sign out</h1>');
    await browser.submit('/session/end/confirm', { logout: 'yes' });
    expect(browser.url.href).toBe(`${AFTER_SIGN_OUT}?state=bye`);
    for (const refresh of [first, second])
      await expect(client.refreshTokenGrant(gateway, refresh)).rejects.toMatchObject({ error: 'invalid_grant' });
    await browser.open((await beginSignIn(gateway)).url);
    expect(browser.text).toContain('<h1>Sign in</h1>');
  });

  it('leads nowhere after signing out but where the client said before', async () => {
    const out = client.buildEndSessionUrl(gateway, { post_logout_redirect_uri: 'https://evil.example/' });
    const browser = await new Browser().open(out);
    expect([browser.status, browser.url.origin]).toEqual([400, identity.url]);
  });
});

describe('a client that errs', () => {
  const errorOf = ({ searchParams, hash }: URL): string | null =>
    searchParams.get('error') ?? new URLSearchParams(hash.slice(1)).get('error');

  it('must use PKCE', async () => {
    const { url } = await beginSignIn(gateway);
    url.searchParams.delete('code_challenge');
    url.searchParams.delete('code_challenge_method');
    expect(errorOf((await new Browser().open(url)).url)).toBe('invalid_request');
  });

  it('must use S256', async () => {
    const { url } = await beginSignIn(gateway, { code_challenge_method: 'plain' });
    expect(errorOf((await new Browser().open(url)).url)).toBe('invalid_request');
  });

  it('gets no tokens with another verifier', async () => {
    const { url, checks } = await beginSignIn(gateway);
    const browser = await (await new Browser().open(url)).submit('/login', { user: 'alice' });
    const wrong = { ...checks, pkceCodeVerifier: client.randomPKCECodeVerifier() };
    await expect(client.authorizationCodeGrant(gateway, browser.url, wrong)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });

  it('gets no tokens twice for one code, and loses those it has', async () => {
    const { url, checks } = await beginSignIn(gateway);
    const browser = await (await new Browser().open(url)).submit('/login', { user: 'alice' });
    const { refresh_token: refresh = '' } = await client.authorizationCodeGrant(gateway, browser.url, checks);
    const again = client.authorizationCodeGrant(gateway, browser.url, checks);
    await expect(again).rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(client.refreshTokenGrant(gateway, refresh)).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  it.each([
    'https://evil.example/auth/callback',
    'http://shop.localhost:8080/auth/callback/../x',
    'http://shop.localhost:8080/auth/callback?x=1',
  ])('is not led to %s', async (redirect) => {
    const browser = await new Browser().open((await beginSignIn(gateway, { redirect_uri: redirect })).url);
    expect([browser.status, browser.url.origin]).toEqual([400, identity.url]);
    expect(browser.text).toContain('invalid_redirect_uri');
  });

  it('is not believed with another secret', async () => {
    const forger = await identity.gateway('guessed');
    const { url, checks } = await beginSignIn(forger);
    const browser = await (await new Browser().open(url)).submit('/login', { user: 'alice' });
    await expect(client.authorizationCodeGrant(forger, browser.url, checks)).rejects.toMatchObject({ status: 401 });
  });

  it.each([
    ['an unknown client', { client_id: 'nobody' }, 'invalid_client'],
    ['a response of another type', { response_type: 'token' }, 'unsupported_response_type'],
    ['a resource that is not the shop', { resource: 'https://bank.example' }, 'invalid_target'],
  ])('asks in vain for %s', async (_what, more, error) => {
    const browser = await new Browser().open((await beginSignIn(gateway, more)).url);
    expect(errorOf(browser.url) ?? /<code>(.*?)<\/code>/.exec(browser.text)?.[1]).toBe(error);
  });
});

describe('signing in at the command line', () => {
  it('takes the word of a device that names its person', async () => {
    const cli = await identity.commandLine();
    const asked = await client.initiateDeviceAuthorization(cli, { scope: 'openid', login_hint: 'alice' });
    const tokens = await client.pollDeviceAuthorizationGrant(cli, { ...asked, interval: 0.05 });
    expect((await verified(tokens.access_token)).payload).toMatchObject({ sub: 'alice', client_id: 'souk-cli' });
    expect(decodeProtectedHeader(tokens.access_token)).toMatchObject({ alg: 'ES256', typ: 'at+jwt' });
    const renewed = await client.refreshTokenGrant(cli, tokens.refresh_token ?? '');
    expect(decodeJwt(renewed.access_token).sub).toBe('alice');
  });

  it('waits for a person who opens the page, types the code and agrees', async () => {
    const cli = await identity.commandLine();
    const asked = await client.initiateDeviceAuthorization(cli, { scope: 'openid' });
    const polled = client.pollDeviceAuthorizationGrant(cli, { ...asked, interval: 0.05 });
    const browser = await new Browser().open(asked.verification_uri);
    await browser.submit('/device', { user_code: asked.user_code.toLowerCase() });
    expect(browser.text).toContain(asked.user_code);
    await browser.submit('/device');
    await browser.submit('/login', { user: 'bob' });
    expect(browser.text).toContain('<h1>Connected</h1>');
    expect(decodeJwt((await polled).access_token).sub).toBe('bob');
  });

  it('takes the code from the address, too', async () => {
    const cli = await identity.commandLine();
    const asked = await client.initiateDeviceAuthorization(cli, { scope: 'openid' });
    const browser = await new Browser().open(asked.verification_uri_complete ?? '');
    // With script this form submits itself: the policy of the page names it by its hash.
    expect(browser.headers.get('content-security-policy')).toMatch(/script-src 'sha256-[^ ;]+';/);
    await browser.submit('/device');
    expect(browser.text).toContain(asked.user_code);
  });

  it('takes no for an answer', async () => {
    const cli = await identity.commandLine();
    const asked = await client.initiateDeviceAuthorization(cli, { scope: 'openid' });
    const browser = await new Browser().open(asked.verification_uri);
    await browser.submit('/device', { user_code: asked.user_code });
    await browser.submit('/device', { abort: 'yes' });
    expect(browser.text).toContain('The request was refused.');
    const polled = client.pollDeviceAuthorizationGrant(cli, { ...asked, interval: 0.05 });
    await expect(polled).rejects.toMatchObject({ error: 'access_denied' });
  });

  it('takes no code that nobody gave', async () => {
    const browser = await new Browser().open(`${identity.url}/device`);
    await browser.submit('/device', { user_code: '<b>XXXX-XXXX' });
    expect(browser.text).toContain('This code is not known');
    expect(browser.text).not.toContain('<b>XXXX');
  });

  it.each(['Alice', 'a b', 'x'.repeat(41), "'; drop table users", 'a\r\nb'])('refuses the name %j', async (name) => {
    const cli = await identity.commandLine();
    const asked = await client.initiateDeviceAuthorization(cli, { scope: 'openid', login_hint: name });
    const polled = client.pollDeviceAuthorizationGrant(cli, { ...asked, interval: 0.05 });
    await expect(polled).rejects.toMatchObject({ error: 'access_denied' });
  });

  it('is not for the gateway, nor a browser for the command line', async () => {
    const denied = { error: 'invalid_request' };
    await expect(
      client.initiateDeviceAuthorization(gateway, { scope: 'openid', login_hint: 'alice' }),
    ).rejects.toMatchObject(denied);
    const browser = await new Browser().open((await beginSignIn(await identity.commandLine())).url);
    expect([browser.status, browser.url.origin]).toEqual([400, identity.url]);
  });
});

describe('FED-11 a user who was removed', () => {
  it('gets no new tokens, and those there are end by themselves', async () => {
    const [browser, dora] = [new Browser(), `dora-${randomUUID().slice(0, 8)}`];
    const { refresh_token: refresh = '', access_token: token } = await signIn(gateway, dora, browser);
    expect((await identity.knob('DELETE', `/users/${dora}`)).status).toBe(204);
    await expect(client.refreshTokenGrant(gateway, refresh)).rejects.toMatchObject({ error: 'invalid_grant' });
    expect(((await verified(token)).payload.exp ?? 0) - Date.now() / 1_000).toBeLessThanOrEqual(600);

    await browser.open((await beginSignIn(gateway)).url);
    expect(browser.text).toContain('<h1>Sign in</h1>');
    await browser.submit('/login', { user: dora });
    expect([browser.status, browser.text]).toEqual([403, expect.stringContaining('This user was removed.')]);

    const cli = await identity.commandLine();
    const asked = await client.initiateDeviceAuthorization(cli, { scope: 'openid', login_hint: dora });
    const polled = client.pollDeviceAuthorizationGrant(cli, { ...asked, interval: 0.05 });
    await expect(polled).rejects.toMatchObject({ error: 'access_denied', error_description: 'this user was removed' });
  });

  it('comes back with the roles that are given then', async () => {
    await signIn(gateway, 'eve');
    await identity.knob('DELETE', '/users/eve');
    await identity.knob('PUT', '/users/eve', { roles: ['admin'] });
    expect(decodeJwt((await signIn(gateway, 'eve')).access_token)['roles']).toEqual(['admin']);
  });
});
