import { createHash, createPrivateKey, type KeyObject, sign, verify } from 'node:crypto';
import { type Watched, WatchedFile } from '@souk/config';
import type { JWK } from 'jose';
import { z } from 'zod';

const key = z.looseObject({ kty: z.literal('EC'), crv: z.literal('P-256'), x: z.string(), y: z.string() });
const privateKey = key.extend({ d: z.string(), kid: z.string().min(1).optional() });
const signingKeys = z.union([
  privateKey.transform((one) => [one]),
  z.object({ keys: z.array(privateKey).min(1) }).transform(({ keys }) => keys),
]);

/** The keys of internal tokens as of one moment. */
export interface SigningKeys {
  readonly kid: string;
  readonly signing: KeyObject;
  /** Public halves of all: what services accept. */
  readonly published: readonly JWK[];
}

/**
 * Follows the file with the signing keys: one private ES256 JWK, or a set of them. The first signs, all are published, so a key can
 * be known before it signs and believed after it did (docs/operations.md).
 * @throws Error naming the file when it holds none at the start
 */
export function followSigningKeys(file: string): Watched<SigningKeys> {
  const parse = (text: string): SigningKeys => parseSigningKeys(text, file);
  return new WatchedFile({ name: 'signing-keys', file, parse });
}

/** @throws Error naming the file; never its content */
export function parseSigningKeys(text: string, file: string): SigningKeys {
  try {
    const keys = signingKeys.parse(JSON.parse(text)).map(openKey);
    const first = keys[0];
    const published = keys.map(({ jwk }) => jwk);
    const ids = new Set(published.map(({ kid }) => kid));
    if (first === undefined || ids.size < keys.length) throw new Error('two keys have one id');
    return { kid: first.jwk.kid, signing: first.signing, published };
  } catch {
    throw notHolding(file, 'private ES256 keys (a JWK, or a set of them with different ids)');
  }
}

/** @throws Error when the two halves are not of one key, which only use shows */
function openKey({ kty, crv, x, y, d, kid = thumbprint({ crv, kty, x, y }) }: z.infer<typeof privateKey>) {
  const signing = createPrivateKey({ key: { kty, crv, x, y, d }, format: 'jwk' });
  const sample = Buffer.from(kid);
  const fits = verify('sha256', sample, { key: { kty, crv, x, y }, format: 'jwk' }, sign('sha256', sample, signing));
  if (!fits) throw new Error('the halves do not fit');
  return { signing, jwk: { kty, crv, x, y, kid, alg: 'ES256', use: 'sig' } };
}

/** RFC 7638. */
const thumbprint = (members: Record<'crv' | 'kty' | 'x' | 'y', string>): string =>
  createHash('sha256').update(JSON.stringify(members)).digest('base64url');

/** Without a cause, which may quote the key. */
const notHolding = (file: string, what: string): Error =>
  new Error(`${file} does not hold ${what}; it is made by the first start of the shop.`);
