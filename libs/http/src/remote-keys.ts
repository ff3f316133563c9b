import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { request } from 'undici';
import { CodedError } from './coded-error.js';

/** At most one look per second for a key we do not know: a restarted gateway is believed within two seconds. */
const COOLDOWN_MS = 1_000;

/** A key set behind a URL, fetched when first needed and again when a token names a key it does not have. */
export function remoteKeys(url: string, now: () => number): JWTVerifyGetKey {
  let keys: JWTVerifyGetKey | undefined;
  let triedAt = -Infinity;
  let refreshing: Promise<JWTVerifyGetKey> | undefined;

  const refresh = (): Promise<JWTVerifyGetKey> => {
    triedAt = now();
    refreshing ??= fetchKeys(url)
      .then((fresh) => (keys = fresh))
      .finally(() => (refreshing = undefined));
    return refreshing;
  };

  return async (header, token) => {
    const known = keys ?? (await refresh());
    try {
      return await known(header, token);
    } catch (error) {
      const mayLookAgain = refreshing !== undefined || now() - triedAt >= COOLDOWN_MS;
      if (!(error instanceof errors.JWKSNoMatchingKey) || !mayLookAgain) throw error;
      return (await refresh())(header, token);
    }
  };
}

async function fetchKeys(url: string): Promise<JWTVerifyGetKey> {
  try {
    const { statusCode, body } = await request(url, { headersTimeout: 2_000, bodyTimeout: 2_000 });
    const document = await body.json();
    if (statusCode !== 200) throw new Error(`status ${statusCode}`);
    return createLocalJWKSet(document as JSONWebKeySet);
  } catch (cause) {
    throw new CodedError('unavailable', 'identity-unavailable', 'The keys to check the caller cannot be fetched now.', {
      retryAfterSeconds: 1,
      cause,
    });
  }
}
