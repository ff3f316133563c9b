import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import type { PrivateKey } from './key-file.js';

/** An ES256 key; its id is the thumbprint of the public half. */
export async function newKey(): Promise<PrivateKey> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const { x = '', y = '', d = '' } = await exportJWK(privateKey);
  const key = { kty: 'EC' as const, crv: 'P-256' as const, x, y };
  return { ...key, d, kid: await calculateJwkThumbprint(key), alg: 'ES256', use: 'sig' };
}
