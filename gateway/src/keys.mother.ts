import { PUBLIC_AUDIENCE } from '@souk/contracts';
import { calculateJwkThumbprint, type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

/** Who signs tokens in tests; no host has this name, so that whatever asks it directly fails. */
export const ISSUER = 'http://identity.test';

export interface Keys {
  readonly privateKey: CryptoKey;
  readonly privateJwk: JWK;
  readonly publicJwk: JWK;
}

export async function newKeys(): Promise<Keys> {
  const pair = await generateKeyPair('ES256', { extractable: true });
  const publicJwk = await exportJWK(pair.publicKey);
  const named = { kid: await calculateJwkThumbprint(publicJwk), alg: 'ES256', use: 'sig' };
  const privateJwk = { ...(await exportJWK(pair.privateKey)), ...named };
  return { privateKey: pair.privateKey, privateJwk, publicJwk: { ...publicJwk, ...named } };
}

export interface TokenWish {
  readonly sub?: string;
  readonly roles?: readonly string[];
  readonly issuer?: string;
  readonly audience?: string;
  /** Seconds from now; null leaves exp out. */
  readonly expiresIn?: number | null;
  readonly claims?: Record<string, unknown>;
}

let tokens = 0;

export async function aToken(keys: Keys, wish: TokenWish = {}): Promise<string> {
  const { sub = 'alice', roles = ['customer'], issuer = ISSUER, audience = PUBLIC_AUDIENCE, expiresIn = 600 } = wish;
  const now = Math.floor(Date.now() / 1_000);
  const end = expiresIn === null ? {} : { exp: now + expiresIn };
  const claims = { iss: issuer, aud: audience, sub, iat: now, jti: String(tokens++), ...end, roles, ...wish.claims };
  return new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: keys.publicJwk.kid ?? '' }).sign(keys.privateKey);
}
