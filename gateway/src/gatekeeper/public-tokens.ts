import { identityClaims, PUBLIC_AUDIENCE, type Role, role } from '@souk/contracts';
import { ANONYMOUS, CodedError, isCodedError, type RemoteKeys } from '@souk/http';
import { errors, jwtVerify } from 'jose';
import { z } from 'zod';
import { TokenCache } from './token-cache.js';

export interface VerifiedCaller {
  readonly sub: string;
  readonly roles: readonly Role[];
  /** Epoch seconds. */
  readonly validUntil: number;
}

const claims = z.object({
  // Services take the name for nobody at all.
  sub: identityClaims.shape.sub.refine((sub) => sub !== ANONYMOUS),
  // A provider has roles that mean nothing here.
  roles: z
    .array(z.unknown())
    .default([])
    .transform((all) => role.options.filter((one) => all.includes(one))),
  exp: z.number(),
});

/** Pattern: Gateway Offloading. Checks access tokens here, so that services need not; a checked one is remembered until it expires. */
export class PublicTokens {
  readonly #issuer: string;
  readonly #keys: RemoteKeys;
  readonly #cache: TokenCache<VerifiedCaller>;
  readonly #now: () => number;

  /** `now` in epoch seconds. */
  constructor(issuer: string, keys: RemoteKeys, now: () => number) {
    this.#issuer = issuer;
    this.#keys = keys;
    this.#cache = new TokenCache(now);
    this.#now = now;
  }

  /** @throws CodedError 401 `token-expired` or `token-invalid`; 503 `identity-unavailable` when the keys were never seen */
  verify(token: string): Promise<VerifiedCaller> {
    return this.#cache.get(token, () => this.#check(token));
  }

  /** Whose token this is, where it was checked before and has not ended. */
  known(token: string): VerifiedCaller | undefined {
    return this.#cache.known(token);
  }

  async #check(token: string): Promise<VerifiedCaller> {
    try {
      const { payload } = await jwtVerify(token, this.#keys, {
        issuer: this.#issuer,
        audience: PUBLIC_AUDIENCE,
        algorithms: ['ES256', 'RS256'],
        requiredClaims: ['exp', 'sub'],
        currentDate: new Date(this.#now() * 1_000),
      });
      const { sub, roles, exp } = claims.parse(payload);
      return { sub, roles, validUntil: exp };
    } catch (cause) {
      if (isCodedError(cause)) throw cause;
      throw cause instanceof errors.JWTExpired
        ? new CodedError('unauthenticated', 'token-expired', 'The token has expired; get a new one.', { cause })
        : new CodedError('unauthenticated', 'token-invalid', 'The token is not valid here.', { cause });
    }
  }
}
