import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { request } from 'undici';
import { CodedError } from './coded-error.js';

/** At most one look per second for a key we do not know: a restarted signer is believed within two seconds. */
const COOLDOWN_MS = 1_000;
/** A key that its signer no longer publishes is believed this long at most: half a minute in use, five after a silence. */
const REFRESH_MS = 30_000;
const MAX_AGE_MS = 300_000;

export type RemoteKeys = JWTVerifyGetKey & {
  /** Loads the keys before the first token comes. @throws CodedError 503 `identity-unavailable` */
  ready(): Promise<void>;
};

/**
 * A key set of somebody else (JWKS), loaded when first needed, when it has grown old, and when a token names a key it does not have.
 * While it cannot be loaded, the known keys stay good. `now` in epoch milliseconds.
 */
export function remoteKeys(load: () => Promise<unknown>, now: () => number): RemoteKeys {
  let keys: JWTVerifyGetKey | undefined;
  let fetchedAt = -Infinity;
  let triedAt = -Infinity;
  let lastFailure: unknown;
  let refreshing: Promise<JWTVerifyGetKey> | undefined;

  const take = (fresh: JWTVerifyGetKey, at: number): JWTVerifyGetKey => {
    fetchedAt = at;
    lastFailure = undefined;
    return (keys = fresh);
  };
  const refresh = (): Promise<JWTVerifyGetKey> => {
    const at = (triedAt = now());
    refreshing ??= load()
      .then((fresh) => take(keySetOf(fresh), at))
      .catch((error: unknown) => {
        lastFailure = error;
        throw error;
      })
      .finally(() => (refreshing = undefined));
    return refreshing;
  };
  const current = async (): Promise<JWTVerifyGetKey> => {
    const known = keys;
    if (known === undefined) return refresh();
    const age = now() - fetchedAt;
    if (age < REFRESH_MS || now() - triedAt < COOLDOWN_MS) return known;
    const renewed = refresh().catch(() => known);
    return age < MAX_AGE_MS ? known : renewed;
  };

  const keyFor: JWTVerifyGetKey = async (header, token) => {
    const known = await current();
    try {
      return await known(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      if (refreshing !== undefined || now() - triedAt >= COOLDOWN_MS) return (await refresh())(header, token);
      // The key may be new and only the look at it failed: that is no reason to call the token a bad one.
      throw lastFailure ?? error;
    }
  };
  return Object.assign(keyFor, { ready: async () => void (await current()) });
}

/** What a signer publishes about itself, as JSON, within `limitMs` in all. @throws CodedError 503 `identity-unavailable` */
export async function fetchPublished(url: string, limitMs = 3_000): Promise<unknown> {
  try {
    // The other limits do not cover connecting, nor a body that drips.
    const signal = AbortSignal.timeout(limitMs);
    const { statusCode, body } = await request(url, { headersTimeout: 2_000, bodyTimeout: 2_000, signal });
    const document = await body.json();
    if (statusCode !== 200) throw new Error(`status ${statusCode}`);
    return document;
  } catch (cause) {
    throw unavailable(cause);
  }
}

function keySetOf(document: unknown): JWTVerifyGetKey {
  try {
    return createLocalJWKSet(document as JSONWebKeySet);
  } catch (cause) {
    throw unavailable(cause);
  }
}

const unavailable = (cause: unknown): CodedError =>
  new CodedError('unavailable', 'identity-unavailable', 'The keys to check the caller cannot be fetched now.', {
    retryAfterSeconds: 1,
    cause,
  });
