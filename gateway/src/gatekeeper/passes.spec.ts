import { createPrivateKey } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { INTERNAL_AUDIENCE, INTERNAL_ISSUER } from '@souk/contracts';
import { remoteKeys } from '@souk/http';
import { SignJWT } from 'jose';
import { type Keys, newKeys } from '../keys.mother.js';
import { PassGuard } from './pass-guard.js';
import { PASS_AUDIENCE, PASS_ISSUER, Passes } from './passes.js';

describe('passes of the gatekeeper', () => {
  let own: Keys;
  let other: Keys;
  let now: number;
  let signing: { value: ReturnType<typeof signingKeys> };
  let published: Keys[];
  let passes: Passes;
  let guard: PassGuard;
  const signingKeys = ({ privateJwk, publicJwk }: Keys) => ({
    kid: publicJwk.kid ?? '',
    signing: createPrivateKey({ key: privateJwk as never, format: 'jwk' }),
    published: [publicJwk],
  });
  beforeAll(async () => {
    [own, other] = [await newKeys(), await newKeys()];
  });
  beforeEach(() => {
    now = 1_000_000;
    signing = { value: signingKeys(own) };
    published = [own];
    passes = new Passes(signing, () => now);
    const load = async () => ({ keys: published.map(({ publicJwk }) => publicJwk) });
    guard = new PassGuard(
      remoteKeys(load, () => now * 1_000),
      () => now,
    );
  });
  const refused = { code: 'forbidden' };

  it('GK-10 open the gateway, for a minute', async () => {
    const pass = await passes.current();
    await guard.check(pass);
    expect(guard.check(pass)).toBeUndefined();
    now += 59;
    expect(guard.check(pass)).toBeUndefined();
    now += 1;
    await expect(guard.check(pass)).rejects.toMatchObject(refused);
  });

  it('GK-10 are signed once for many requests, and anew while half of their time is left', async () => {
    const [first, second] = await Promise.all([passes.current(), passes.current()]);
    expect(second).toBe(first);
    now += 29;
    expect(passes.current()).toBe(first);
    now += 1;
    const renewed = await passes.current();
    expect(renewed).not.toBe(first);
    await guard.check(first);
    await guard.check(renewed);
  });

  it('GK-10 are signed by the new key as soon as there is one', async () => {
    const before = await passes.current();
    signing.value = signingKeys(other);
    expect(await passes.current()).not.toBe(before);
  });

  const token = (
    { privateJwk, publicJwk }: Keys,
    claims: { iss?: string; aud?: string; exp?: number | undefined } = {},
  ) => {
    const { iss = PASS_ISSUER, aud = PASS_AUDIENCE } = claims;
    const made = new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', kid: publicJwk.kid ?? '' })
      .setIssuer(iss)
      .setAudience(aud);
    if (!('exp' in claims)) made.setExpirationTime(now + 60);
    else if (claims.exp !== undefined) made.setExpirationTime(claims.exp);
    return made.sign(createPrivateKey({ key: privateJwk as never, format: 'jwk' }));
  };

  it.each<[string, () => unknown]>([
    ['nothing', () => undefined],
    ['two of them', () => ['a', 'b']],
    ['no token', () => 'abc'],
    ['one of another key', () => token({ ...other, publicJwk: own.publicJwk })],
    ['one for somebody else', () => token(own, { aud: INTERNAL_AUDIENCE })],
    ['one of somebody else', () => token(own, { iss: INTERNAL_ISSUER })],
    ['one that has ended', () => token(own, { exp: 999_999 })],
    ['one without an end', () => token(own, { exp: undefined })],
  ])('GK-1 GK-10 the gateway lets nobody in with %s', async (_what, make) => {
    await expect(guard.check((await make()) as string)).rejects.toMatchObject(refused);
  });
});
