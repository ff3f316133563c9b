import { createHash, randomBytes } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isNodeError, readIfThere } from './system/files.ts';

/** A secret of the instance: made at first use, for the owner's eyes only, the same for ever after. */
export function secret(secretsDir: string, name: string): string {
  const path = join(secretsDir, name);
  if (isMissing(path)) keep(path, randomBytes(24).toString('hex'));
  return readFileSync(path, 'utf8').trim();
}

/** An empty one was left by a command that was killed while it wrote. */
const isMissing = (path: string): boolean => (readIfThere(path) ?? '').trim() === '';

/** Writes a secret as a whole or not at all; of two that are made at once the first one stays. */
function keep(path: string, text: string): void {
  const draft = `${path}.${process.pid}.draft`;
  try {
    writeFileSync(draft, text, { mode: 0o600 });
    if (readIfThere(path)?.trim() === '') rmSync(path, { force: true });
    linkSync(draft, path); // unlike a rename, it replaces nothing
  } catch (error) {
    if (!isNodeError(error) || error.code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

export const KEY_FILES = {
  internalSigning: 'internal-signing.jwk.json',
  /** Private key set of the identity simulator, the signing key first. */
  identityKeys: 'identity.jwks.json',
  /** That of its corporate provider. */
  corporateKeys: 'corporate-identity.jwks.json',
  /** By which the gateway is known to the identity provider. */
  oidcClientSecret: 'oidc-client.secret',
  /** 32 bytes in base64url: what sessions are encrypted with. */
  sessionKey: 'session.key',
  /** With which the gatekeeper in front signs its passes. */
  gatekeeperKey: 'gatekeeper.jwk.json',
  /** Keys of the deep health check, one a line. */
  healthKeys: 'health.keys',
  /** By which the benchmarks are known to the gateway: a partner, who may ask for more than a person. */
  benchApiKey: 'bench.api-key',
  /** The API keys of partners by their hashes. */
  apiKeys: 'api-keys.json',
} as const;

/** In the order of the files: the list of API keys has the one that was made before it. */
const MAKERS: Readonly<Record<keyof typeof KEY_FILES, (secretsDir: string) => Promise<string>>> = {
  internalSigning: async () => JSON.stringify((await newKey()).privateJwk),
  identityKeys: async () => JSON.stringify({ keys: [(await newKey()).privateJwk] }),
  corporateKeys: async () => JSON.stringify({ keys: [(await newKey()).privateJwk] }),
  oidcClientSecret: async () => randomBytes(32).toString('base64url'),
  sessionKey: async () => randomBytes(32).toString('base64url'),
  gatekeeperKey: async () => JSON.stringify((await newKey()).privateJwk),
  healthKeys: async () => `${randomBytes(24).toString('base64url')}\n`,
  benchApiKey: async () => randomBytes(32).toString('base64url'),
  apiKeys: async (secretsDir) => {
    const key = readFileSync(join(secretsDir, KEY_FILES.benchApiKey), 'utf8').trim();
    return JSON.stringify({ keys: [{ holder: 'bench', sha256: createHash('sha256').update(key).digest('hex') }] });
  },
};

/** Made at first start, each by itself: an instance of an older version lacks those that came later. */
export async function ensureKeys(secretsDir: string): Promise<void> {
  for (const name of Object.keys(MAKERS) as (keyof typeof MAKERS)[]) {
    const path = join(secretsDir, KEY_FILES[name]);
    if (isMissing(path)) keep(path, await MAKERS[name](secretsDir));
  }
}

/** An ES256 pair; the id of both halves is the thumbprint. */
export async function newKey() {
  const { calculateJwkThumbprint, exportJWK, generateKeyPair } = await import('jose');
  const pair = await generateKeyPair('ES256', { extractable: true });
  const publicKey = await exportJWK(pair.publicKey);
  const named = { kid: await calculateJwkThumbprint(publicKey), alg: 'ES256', use: 'sig' };
  return { publicJwk: { ...publicKey, ...named }, privateJwk: { ...(await exportJWK(pair.privateKey)), ...named } };
}
