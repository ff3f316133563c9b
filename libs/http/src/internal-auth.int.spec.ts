import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ExecutionContext } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { calculateJwkThumbprint, type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { INTERNAL_AUDIENCE, INTERNAL_ISSUER, internalAuth, internalPrincipals } from './internal-auth.js';
import { everyRole } from './internal-auth.naive.js';
import { Public, Roles } from './principal.js';

interface Key {
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

const newKey = async (): Promise<Key> => {
  const pair = await generateKeyPair('ES256');
  const jwk = await exportJWK(pair.publicKey);
  return { privateKey: pair.privateKey, publicJwk: { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'ES256' } };
};

const waitUntil = async (done: () => boolean): Promise<void> => {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 5));
  // The answer is on its way; one more turn and it has been taken.
  await new Promise((resolve) => setTimeout(resolve, 50));
};

describe('internal auth', () => {
  let clock: number;
  let key: Key;
  let served: JWK[];
  let fetches: number;
  let server: Server | undefined;
  let jwksUrl: string;

  const serve = async (port = 0): Promise<void> => {
    server = createServer((_request, response) => {
      fetches += 1;
      response.end(JSON.stringify({ keys: served }));
    });
    await new Promise<void>((resolve) => server?.listen(port, '127.0.0.1', resolve));
    jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
  };
  const stop = async (): Promise<void> => {
    server?.closeAllConnections();
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
    server = undefined;
  };

  beforeEach(async () => {
    clock = Date.now();
    key = await newKey();
    served = [key.publicJwk];
    fetches = 0;
    await serve();
  });
  afterEach(stop);

  const token = (
    wish: { key?: Key; sub?: string; roles?: string[]; issuer?: string; audience?: string; expiresIn?: number } = {},
  ) => {
    const signer = wish.key ?? key;
    const now = Math.floor(clock / 1_000);
    return new SignJWT({ roles: wish.roles ?? ['customer'] })
      .setProtectedHeader({ alg: 'ES256', kid: signer.publicJwk.kid ?? '' })
      .setIssuer(wish.issuer ?? INTERNAL_ISSUER)
      .setAudience(wish.audience ?? INTERNAL_AUDIENCE)
      .setSubject(wish.sub ?? 'alice')
      .setExpirationTime(now + (wish.expiresIn ?? 300))
      .sign(signer.privateKey);
  };
  const contextOf = (authorization: string | undefined, handler: () => void = () => undefined, type = 'http') =>
    ({
      getType: () => type,
      getHandler: () => handler,
      getClass: () => class {},
      switchToHttp: () => ({ getRequest: () => ({ headers: { authorization } }) }),
    }) as unknown as ExecutionContext;
  const guard = () => internalAuth({ jwksUrl, now: () => clock });
  const check = async (subject: ReturnType<typeof guard>, jwt: string, handler?: () => void): Promise<unknown> => {
    try {
      return await subject.canActivate(contextOf(`Bearer ${jwt}`, handler));
    } catch (error) {
      return (error as { code?: string }).code ?? error;
    }
  };
  class Handlers {
    @Roles('admin') onlyAdmins(): void {}
    @Public() open(): void {}
  }

  it('lets a good token in and asks for the keys once', async () => {
    const subject = guard();
    for (let call = 0; call < 5; call++) expect(await check(subject, await token({ sub: `user-${call}` }))).toBe(true);
    expect(fetches).toBe(1);
  });

  it('refuses a call without a token, messages and public routes aside', async () => {
    await expect(guard().canActivate(contextOf(undefined))).rejects.toMatchObject({
      code: 'authentication-required',
      kind: 'unauthenticated',
    });
    expect(await guard().canActivate(contextOf(undefined, undefined, 'rpc'))).toBe(true);
    expect(await guard().canActivate(contextOf(undefined, Handlers.prototype.open))).toBe(true);
  });

  it('GK-8 inner-role-unchecked takes everybody for an administrator, whom the real one turns away', async () => {
    const handler = Handlers.prototype.onlyAdmins;
    const customer = await token({ roles: ['customer'] });
    expect(await check(guard(), customer, handler)).toBe('forbidden');
    expect(await check(internalAuth({ jwksUrl, now: () => clock, allow: everyRole }), customer, handler)).toBe(true);
  });

  it.each<[string, () => Promise<string>]>([
    ['another issuer', () => token({ issuer: 'https://another.example' })],
    ['another audience', () => token({ audience: 'souk-api' })],
    ['an unknown role', () => token({ roles: ['root'] })],
    ['garbage', async () => 'a.b.c'],
    [
      'the key id of ours with another key',
      async () => token({ key: { ...(await newKey()), publicJwk: key.publicJwk } }),
    ],
  ])('refuses %s', async (_what, make) => {
    expect(await check(guard(), await make())).toBe('token-invalid');
  });

  it('looks at a known token again without forgetting another', async () => {
    const checked: string[] = [];
    const endsAt = new Map([['last', clock + 5_000]]);
    const checkToken = async (jwt: string) => {
      checked.push(jwt);
      return { payload: { sub: jwt, roles: [], exp: (endsAt.get(jwt) ?? clock + 300_000) / 1_000 } };
    };
    const principalOf = internalPrincipals({ jwksUrl, now: () => clock, check: checkToken });
    const many = Array.from({ length: 1_999 }, (_, index) => `token-${index}`);
    for (const jwt of [...many, 'last']) await principalOf(`Bearer ${jwt}`);
    clock += 6_000;
    endsAt.clear();
    checked.length = 0;
    for (const jwt of ['last', 'token-0', 'last']) await principalOf(`Bearer ${jwt}`);
    expect(checked).toEqual(['last']);
  });

  it('refuses an expired token, also one it has seen before', async () => {
    const subject = guard();
    const jwt = await token({ expiresIn: 10 });
    expect(await check(subject, jwt)).toBe(true);
    clock += 11_000;
    expect(await check(subject, jwt)).toBe('token-expired');
  });

  it('asks for roles', async () => {
    const subject = guard();
    expect(await check(subject, await token({ roles: ['admin'] }), Handlers.prototype.onlyAdmins)).toBe(true);
    expect(await check(subject, await token(), Handlers.prototype.onlyAdmins)).toBe('forbidden');
    expect(await check(subject, await token({ sub: 'anonymous', roles: [] }), Handlers.prototype.onlyAdmins)).toBe(
      'authentication-required',
    );
  });

  it('believes the new key of a restarted gateway, but cannot be made to ask for every forged one', async () => {
    const subject = guard();
    await check(subject, await token());
    const next = await newKey();
    served = [next.publicJwk];
    clock += 1_000;
    expect(await check(subject, await token({ key: next }))).toBe(true);
    const before = fetches;
    for (let call = 0; call < 20; call++)
      expect(await check(subject, await token({ key: await newKey() }))).toBe('token-invalid');
    expect(fetches).toBe(before);
  });

  it('CFG-10 forgets a key that is no longer published: half a minute later in use, five after a silence', async () => {
    const retired = key;
    const busy = guard();
    const silent = guard();
    for (const subject of [busy, silent]) expect(await check(subject, await token())).toBe(true);
    served = [(key = await newKey()).publicJwk];
    clock += 30_000;
    const seen = await token({ key: retired, sub: 'last' });
    expect(await check(busy, seen)).toBe(true);
    await waitUntil(() => fetches === 3);
    clock += 10_000;
    expect(await check(busy, seen)).toBe('token-invalid');
    expect(await check(busy, await token({ key: retired, sub: 'late' }))).toBe('token-invalid');
    clock += 260_000;
    expect(await check(silent, await token({ key: retired, sub: 'late' }))).toBe('token-invalid');
  });

  it('FED-9 goes on with the keys it has while they cannot be fetched, and calls no token bad for that', async () => {
    const { port } = new URL(jwksUrl);
    const subject = guard();
    await check(subject, await token());
    await stop();
    clock += 400_000;
    expect(await check(subject, await token({ sub: 'bob' }))).toBe(true);
    const next = await newKey();
    served = [key.publicJwk, next.publicJwk];
    expect(await check(subject, await token({ key: next }))).toBe('identity-unavailable');
    await serve(Number(port));
    clock += 1_000;
    expect(await check(subject, await token({ key: next }))).toBe(true);
  });

  it('answers 503 while the keys cannot be fetched and recovers by itself', async () => {
    const { port } = new URL(jwksUrl);
    await stop();
    const subject = guard();
    await expect(subject.canActivate(contextOf(`Bearer ${await token()}`))).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'identity-unavailable',
    });
    await serve(Number(port));
    expect(await check(subject, await token())).toBe(true);
  });
});
