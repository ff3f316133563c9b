import { describe, expect, it } from '@jest/globals';
import type { Variant } from '@souk/config';
import { PUBLIC_AUDIENCE } from '@souk/contracts';
import {
  createLocalJWKSet,
  type CryptoKey,
  exportSPKI,
  importJWK,
  type JWTVerifyOptions,
  jwtVerify,
  SignJWT,
} from 'jose';
import { aToken, ISSUER, newKeys, type TokenWish } from '../keys.mother.js';
import { outgoingOf, tokenCheckOf, trustedProxiesOf } from './defences.js';
import { decodeTwice } from './path-guard.naive.js';

const expected: JWTVerifyOptions = {
  issuer: ISSUER,
  audience: PUBLIC_AUDIENCE,
  algorithms: ['ES256'],
  requiredClaims: ['exp', 'sub'],
};

describe('the weakened forms of the token check', () => {
  const takes = async (variant: Variant | undefined, wish: TokenWish): Promise<boolean> => {
    const keys = await newKeys();
    const known = Object.assign(createLocalJWKSet({ keys: [keys.publicJwk] }), { ready: async () => undefined });
    const check = tokenCheckOf(variant === undefined ? [] : [variant]) ?? jwtVerify;
    return check(await aToken(keys, wish), known, expected).then(
      () => true,
      () => false,
    );
  };
  const lies = {
    'audience-unchecked': { audience: 'somebody-else' },
    'issuer-unchecked': { issuer: 'https://evil.example' },
    'expiry-unchecked': { expiresIn: -1 },
  } as const;
  const variants = Object.keys(lies) as (keyof typeof lies)[];

  it.each(variants)('FED-3 %s takes its own lie, which the real one and the others refuse', async (variant) => {
    expect(await takes(variant, lies[variant])).toBe(true);
    expect(await takes(undefined, lies[variant])).toBe(false);
    for (const other of variants.filter((one) => one !== variant))
      expect(await takes(other, lies[variant])).toBe(false);
    expect(await takes(variant, {})).toBe(true);
  });

  it('FED-3 algorithm-unpinned takes the public key for a secret, the real one does not', async () => {
    const { publicJwk } = await newKeys();
    const known = Object.assign(createLocalJWKSet({ keys: [publicJwk] }), { ready: async () => undefined });
    const secret = new TextEncoder().encode(await exportSPKI((await importJWK(publicJwk)) as CryptoKey));
    const token = await new SignJWT({ sub: 'mallory' })
      .setProtectedHeader({ alg: 'HS256', kid: publicJwk.kid ?? '' })
      .setIssuer(ISSUER)
      .setAudience(PUBLIC_AUDIENCE)
      .setExpirationTime('5m')
      .sign(secret);
    const naive = tokenCheckOf(['algorithm-unpinned']) ?? jwtVerify;
    expect((await naive(token, known, expected)).payload.sub).toBe('mallory');
    await expect(jwtVerify(token, known, expected)).rejects.toThrow();
  });
});

describe('the weakened forms of what a service is sent', () => {
  const ours = { authorization: 'Bearer inside', 'x-real-ip': '127.0.0.1' };
  const given = {
    accept: 'text/html',
    'x-user-id': 'admin',
    x_user_id: 'admin',
    authorization: 'Bearer outside',
    cookie: 'souk-session=x',
    connection: 'close, authorization',
  };
  const sent = (...variants: Variant[]) => outgoingOf(variants)(given, ours);

  it('GK-4 none: what is listed, and ours', () => expect(sent()).toEqual({ accept: 'text/html', ...ours }));
  it('GK-4 identity-headers-passed: all but credentials and what belongs to the connection', () =>
    expect(sent('identity-headers-passed')).toEqual({
      accept: 'text/html',
      'x-user-id': 'admin',
      x_user_id: 'admin',
      ...ours,
    }));
  it('GK-4 underscore-headers-passed: the other spelling', () =>
    expect(sent('underscore-headers-passed')).toEqual({ accept: 'text/html', x_user_id: 'admin', ...ours }));
  it('GK-4 connection-header-obeyed: ours are gone that it names', () =>
    expect(sent('connection-header-obeyed')).toEqual({ accept: 'text/html', 'x-real-ip': '127.0.0.1' }));
});

it('GK-4 path-decoded-twice makes another path of what was encoded twice, and leaves the query', () => {
  const raw = { url: '/api/products/%252e%252e?q=%252e' };
  expect(decodeTwice(raw)).toBeUndefined();
  expect(raw.url).toBe('/api/products/..?q=%252e');
});

it('OFF-2 forwarded-believed trusts everybody, otherwise those that were named', () => {
  const TRUSTED_PROXIES = ['10.0.0.0/8'];
  expect(trustedProxiesOf({ SOUK_VARIANTS: [], TRUSTED_PROXIES })).toEqual(TRUSTED_PROXIES);
  expect(trustedProxiesOf({ SOUK_VARIANTS: ['forwarded-believed'], TRUSTED_PROXIES })).toContain('0.0.0.0/0');
});
