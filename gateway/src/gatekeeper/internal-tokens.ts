import { INTERNAL_AUDIENCE, INTERNAL_ISSUER, type Role } from '@souk/contracts';
import { type JWK, SignJWT } from 'jose';
import type { SigningKeys } from '../offloading/key-files.js';
import { TokenCache } from './token-cache.js';

const LIFETIME_SECONDS = 300;
/** A token is replaced while it still has this long to live, or half its life: it must not expire on the way or during a long poll. */
const MARGIN_SECONDS = 60;

interface Caller {
  readonly sub: string;
  readonly roles: readonly Role[];
  /** Epoch seconds; the internal token never outlives the one it stands for. */
  readonly validUntil: number;
}

/** Signs the short-lived tokens by which services know their caller. */
export class InternalTokens {
  readonly #keys: { readonly value: SigningKeys };
  readonly #now: () => number;
  #cache: TokenCache<{ token: string; validUntil: number }>;
  #signedBy: string | undefined;

  /** `keys` may change at any time; `now` gives epoch seconds. */
  constructor(keys: { readonly value: SigningKeys }, now: () => number) {
    this.#keys = keys;
    this.#now = now;
    this.#cache = new TokenCache(now);
  }

  /** The key set that services check with; public halves only. */
  jwks(): { keys: readonly JWK[] } {
    return { keys: this.#keys.value.published };
  }

  /** `cacheKey` is the external token, or a constant for anonymous callers. */
  async for(cacheKey: string, caller: Caller): Promise<string> {
    const keys = this.#keys.value;
    return (await this.#cacheOf(keys).get(cacheKey, () => this.#sign(caller, keys))).token;
  }

  /** The token that `for` gave out before, if it is still good. */
  known(cacheKey: string): string | undefined {
    return this.#cacheOf(this.#keys.value).known(cacheKey)?.token;
  }

  /** By key, so that no token of a key that has gone is handed out once more. */
  #cacheOf({ kid }: SigningKeys): TokenCache<{ token: string; validUntil: number }> {
    if (this.#signedBy !== kid) {
      this.#signedBy = kid;
      this.#cache = new TokenCache(this.#now);
    }
    return this.#cache;
  }

  async #sign(
    { sub, roles, validUntil }: Caller,
    { kid, signing }: SigningKeys,
  ): Promise<{ token: string; validUntil: number }> {
    const now = this.#now();
    const expires = Math.min(now + LIFETIME_SECONDS, validUntil);
    const token = await new SignJWT({ roles: [...roles] })
      .setProtectedHeader({ alg: 'ES256', kid })
      .setIssuer(INTERNAL_ISSUER)
      .setAudience(INTERNAL_AUDIENCE)
      .setSubject(sub)
      .setIssuedAt(now)
      .setExpirationTime(expires)
      .sign(signing);
    return { token, validUntil: expires - Math.min(MARGIN_SECONDS, (expires - now) / 2) };
  }
}
