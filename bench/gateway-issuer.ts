import { createPrivateKey, sign } from 'node:crypto';
import { newKey } from '../tools/cli/src/secrets.ts';

export interface Issuer {
  /** What it answers, by path: enough for a gateway to check its tokens. */
  readonly answers: Readonly<Record<string, string>>;
  /** An access token of a customer, good for two hours. */
  readonly tokenOf: (sub: string) => string;
}

/** An identity provider that is nothing but its documents. */
export async function newIssuer(url: string): Promise<Issuer> {
  const { publicJwk, privateJwk } = await newKey();
  const endpoints = { authorization_endpoint: `${url}/auth`, token_endpoint: `${url}/token`, jwks_uri: `${url}/jwks` };
  const now = Math.floor(Date.now() / 1_000);
  const key = createPrivateKey({ key: { ...privateJwk }, format: 'jwk' });
  const tokenOf = (sub: string): string => {
    const claims = { iss: url, aud: 'souk-api', sub, roles: ['customer'], iat: now, exp: now + 7_200 };
    const parts = [{ alg: 'ES256', kid: publicJwk.kid, typ: 'at+jwt' }, claims];
    const signed = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${signature.toString('base64url')}`;
  };
  return {
    answers: {
      '/.well-known/openid-configuration': JSON.stringify({ issuer: url, ...endpoints }),
      '/jwks': JSON.stringify({ keys: [publicJwk] }),
    },
    tokenOf,
  };
}
