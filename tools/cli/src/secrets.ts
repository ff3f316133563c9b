import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isNodeError } from './system/files.ts';

/** A secret of the instance: made at first use, for the owner's eyes only, the same for ever after. */
export function secret(secretsDir: string, name: string): string {
  const path = join(secretsDir, name);
  try {
    writeFileSync(path, randomBytes(24).toString('hex'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (!isNodeError(error) || error.code !== 'EEXIST') throw error;
  }
  return readFileSync(path, 'utf8').trim();
}

export const KEY_FILES = {
  devIssuerPrivate: 'dev-issuer.private.jwk.json',
  devIssuerPublic: 'dev-issuer.jwks.json',
  internalSigning: 'internal-signing.jwk.json',
  /** Private key set of the identity simulator, the signing key first. */
  identityKeys: 'identity.jwks.json',
  /** By which the gateway is known to the identity provider. */
  oidcClientSecret: 'oidc-client.secret',
  /** 32 bytes in base64url: what sessions are encrypted with. */
  sessionKey: 'session.key',
} as const;

/** ES256 keys of the development issuer and of the gateway's internal tokens, made at first start. */
export async function ensureKeys(secretsDir: string): Promise<void> {
  const path = (name: keyof typeof KEY_FILES) => join(secretsDir, KEY_FILES[name]);
  if (Object.keys(KEY_FILES).every((name) => existsSync(path(name as keyof typeof KEY_FILES)))) return;
  const issuer = await newKey();
  const write = (name: keyof typeof KEY_FILES, value: unknown) =>
    writeFileSync(path(name), JSON.stringify(value), { mode: 0o600 });
  write('devIssuerPrivate', issuer.privateJwk);
  write('devIssuerPublic', { keys: [issuer.publicJwk] });
  write('internalSigning', (await newKey()).privateJwk);
  write('identityKeys', { keys: [(await newKey()).privateJwk] });
  writeFileSync(path('oidcClientSecret'), randomBytes(32).toString('base64url'), { mode: 0o600 });
  writeFileSync(path('sessionKey'), randomBytes(32).toString('base64url'), { mode: 0o600 });
}

/** An ES256 pair; the id of both halves is the thumbprint. */
export async function newKey() {
  const { calculateJwkThumbprint, exportJWK, generateKeyPair } = await import('jose');
  const pair = await generateKeyPair('ES256', { extractable: true });
  const publicKey = await exportJWK(pair.publicKey);
  const named = { kid: await calculateJwkThumbprint(publicKey), alg: 'ES256', use: 'sig' };
  return { publicJwk: { ...publicKey, ...named }, privateJwk: { ...(await exportJWK(pair.privateKey)), ...named } };
}
