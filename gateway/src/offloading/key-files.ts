import { readFile } from 'node:fs/promises';
import type { JSONWebKeySet, JWK } from 'jose';
import { z } from 'zod';

const key = z.looseObject({ kty: z.literal('EC'), crv: z.literal('P-256'), x: z.string(), y: z.string() });
const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });

/** @throws Error naming the file when it does not hold a private ES256 JWK */
export async function readSigningKey(file: string): Promise<JWK> {
  return (await read(file, key.extend({ d: z.string() }), 'a private ES256 key (JWK)')) as JWK;
}

/** @throws Error naming the file when it does not hold a JWKS; without a file there is no issuer and no token is good */
export async function readKeySet(file: string | undefined): Promise<JSONWebKeySet> {
  return file === undefined ? { keys: [] } : ((await read(file, keySet, 'a key set (JWKS)')) as JSONWebKeySet);
}

async function read(file: string, schema: z.ZodType, what: string): Promise<unknown> {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    // The cause may quote the key.
    throw new Error(`${file} does not hold ${what}; it is made by the first start of the shop.`);
  }
}
