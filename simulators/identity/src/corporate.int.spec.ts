import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import * as client from 'openid-client';
import { Browser } from './test/browser.js';
import { beginSignIn, OTHER_CALLBACK, signIn, TestIdentity } from './test/identity.mother.js';

describe('a second, corporate provider', () => {
  let identity: TestIdentity;
  let social: client.Configuration;
  let corporate: client.Configuration;
  beforeAll(async () => {
    identity = await TestIdentity.start();
    [social, corporate] = [await identity.gateway(), await identity.corporate()];
  });
  afterAll(() => identity.tidyUp());

  const kidsOf = async (url: string): Promise<string[]> => {
    const { keys } = (await (await fetch(`${url}/jwks`)).json()) as { keys: { kid: string }[] };
    return keys.map(({ kid }) => kid);
  };

  it('FED-2 has addresses, keys and an issuer of its own', async () => {
    const { issuer, ...endpoints } = corporate.serverMetadata();
    expect(issuer).toBe(identity.corporateUrl);
    expect(endpoints.token_endpoint).toBe(`${identity.corporateUrl}/token`);
    expect(endpoints.authorization_endpoint).toBe(`${identity.corporateUrl}/auth`);
    expect(social.serverMetadata().token_endpoint).toBe(`${identity.url}/token`);
    expect(await kidsOf(identity.corporateUrl)).not.toEqual(await kidsOf(identity.url));
  });

  it('FED-2 calls its people by an opaque number, and says groups and an address', async () => {
    const { access_token: token } = await signIn(corporate, 'omar@corp.example');
    const { iss, sub, roles, groups, email } = decodeJwt(token);
    expect({ iss, sub, roles, groups, email }).toEqual({
      iss: identity.corporateUrl,
      sub: expect.stringMatching(/^[\da-f]{32}$/),
      roles: undefined,
      groups: ['staff', 'shop-administrators'],
      email: 'omar@corp.example',
    });
    expect(decodeJwt((await signIn(corporate, 'omar')).access_token).sub).toBe(sub);
    expect(decodeJwt((await signIn(corporate, 'carla')).access_token).sub).not.toBe(sub);
  });

  it('FED-8 asks nobody twice, and one provider does not sign out of the other', async () => {
    const browser = new Browser();
    await signIn(social, 'bob', browser);
    await signIn(corporate, 'carla', browser);
    for (const config of [social, corporate]) {
      const { url, checks } = await beginSignIn(config);
      await browser.open(url);
      const { access_token: token } = await client.authorizationCodeGrant(config, browser.url, checks);
      expect(decodeJwt(token).iss).toBe(config.serverMetadata().issuer);
    }
  });

  it.each(['social', 'corporate'])('FED-8 lets a second application in without asking again: %s', async (name) => {
    const [first, url, user] =
      name === 'social' ? [social, identity.url, 'alice'] : [corporate, identity.corporateUrl, 'carla'];
    const browser = new Browser();
    const before = decodeJwt((await signIn(first, user, browser)).access_token);
    const office = await identity.office(url);
    const begun = await beginSignIn(office, { redirect_uri: OTHER_CALLBACK });
    await browser.open(begun.url);
    expect(`${browser.url.origin}${browser.url.pathname}`).toBe(OTHER_CALLBACK);
    const tokens = await client.authorizationCodeGrant(office, browser.url, begun.checks);
    const { sub, client_id: application } = decodeJwt(tokens.access_token);
    expect([sub, application]).toEqual([before.sub, 'souk-back-office']);
  });

  it('FED-7 can be one that tells nothing but an id', async () => {
    await identity.knob('PUT', '', { opaque: true }, identity.corporateUrl);
    const { access_token: token } = await signIn(corporate, 'carla');
    expect(Object.keys(decodeJwt(token)).sort()).toEqual(['aud', 'client_id', 'exp', 'iat', 'iss', 'jti', 'sub']);
    await identity.knob('PUT', '', {}, identity.corporateUrl);
  });

  it('FED-11 removes its people, and nobody of the other', async () => {
    const carla = `carla-${randomUUID().slice(0, 8)}`;
    const { refresh_token: refresh = '' } = await signIn(corporate, carla);
    const { refresh_token: others = '' } = await signIn(social, carla);
    const put = await identity.knob('DELETE', `/users/${carla}`, undefined, identity.corporateUrl);
    expect(put.status).toBe(204);
    await expect(client.refreshTokenGrant(corporate, refresh)).rejects.toMatchObject({ error: 'invalid_grant' });
    expect((await client.refreshTokenGrant(social, others)).access_token).toEqual(expect.any(String));
  });

  it('fails by itself, and the other goes on', async () => {
    await identity.knob('PUT', '', { errorPercent: 100 });
    expect((await fetch(`${identity.url}/jwks`)).status).toBe(503);
    expect((await signIn(corporate, 'omar')).access_token).toEqual(expect.any(String));
    await identity.knob('PUT', '', {});
  });

  it.each([
    ['/corporatex', 404],
    ['/Corporate/jwks', 404],
    ['//corporate/jwks', 400],
  ])('is not at %s', async (path, status) => {
    expect((await fetch(identity.url + path)).status).toBe(status);
  });
});
