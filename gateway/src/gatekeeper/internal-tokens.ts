import { INTERNAL_AUDIENCE, INTERNAL_ISSUER, type Role } from '@souk/contracts';
import { calculateJwkThumbprint, importJWK, type JWK, SignJWT } from 'jose';
import { TokenCache } from './token-cache.js';

const LIFETIME_SECONDS = 300;
/** A token is replaced while it still has this long to live: it must not expire on the way or during a long poll. */
const MARGIN_SECONDS = 60;

interface Caller {
  readonly sub: string;
  readonly roles: readonly Role[];
  /** Epoch seconds; the internal token never outlives the one it stands for. */
  readonly validUntil: number;
}

/** Signs the short-lived tokens by which services know their caller. */
export class InternalTokens {
  readonly #key: Awaited<ReturnType<typeof importJWK>>;
  readonly #publicKey: JWK;
  readonly #now: () => number;
  readonly #cache: TokenCache<{ token: string; validUntil: number }>;

  private constructor(key: Awaited<ReturnType<typeof importJWK>>, publicKey: JWK, now: () => number) {
    this.#key = key;
    this.#publicKey = publicKey;
    this.#now = now;
    this.#cache = new TokenCache(now);
  }

  /** `privateKey` is an ES256 JWK; `now` gives epoch seconds. */
  static async with(privateKey: JWK, now: () => number): Promise<InternalTokens> {
    const { kty, crv, x, y } = privateKey;
    const kid = privateKey.kid ?? (await calculateJwkThumbprint(privateKey));
    const publicKey = { kty, crv, x, y, kid, alg: 'ES256', use: 'sig' } as JWK;
    return new InternalTokens(await importJWK(privateKey, 'ES256'), publicKey, now);
  }

  /** The key set that services check with; public halves only. */
  jwks(): { keys: JWK[] } {
    return { keys: [this.#publicKey] };
  }

  /** `cacheKey` is the external token, or a constant for anonymous callers. */
  async for(cacheKey: string, caller: Caller): Promise<string> {
    return (await this.#cache.get(cacheKey, () => this.#sign(caller))).token;
  }

  async #sign({ sub, roles, validUntil }: Caller): Promise<{ token: string; validUntil: number }> {
    const now = this.#now();
    const expires = Math.min(now + LIFETIME_SECONDS, validUntil);
    const token = await new SignJWT({ roles: [...roles] })
      .setProtectedHeader({ alg: 'ES256', kid: this.#publicKey.kid ?? '' })
      .setIssuer(INTERNAL_ISSUER)
      .setAudience(INTERNAL_AUDIENCE)
      .setSubject(sub)
      .setIssuedAt(now)
      .setExpirationTime(expires)
      .sign(this.#key);
    return { token, validUntil: expires - MARGIN_SECONDS };
  }
}
