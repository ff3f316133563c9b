import { PUBLIC_AUDIENCE } from '@souk/contracts';
import { CodedError, isCodedError, type RemoteKeys } from '@souk/http';
import { decodeJwt, errors, type JWTPayload, jwtVerify, type JWTVerifyOptions } from 'jose';
import type { Person } from '../identity/claim-mapping.js';
import { TokenCache } from './token-cache.js';

export interface VerifiedCaller extends Pick<Person, 'sub' | 'roles' | 'email'> {
  readonly issuer?: string;
  /** Epoch seconds. */
  readonly validUntil: number;
}

/** Somebody whose tokens are believed. */
export interface TrustedIssuer {
  readonly issuer: string;
  readonly keys: RemoteKeys;
  /** What a token says, in our words. @throws when it says of nobody */
  readonly read: (claims: JWTPayload) => Person;
}
export type TrustedIssuers = readonly [TrustedIssuer, ...TrustedIssuer[]];

/** Whether a token is what it says, and what is expected. @throws JOSEError */
export type TokenCheck = (
  token: string,
  keys: RemoteKeys,
  expected: JWTVerifyOptions,
) => Promise<{ readonly payload: JWTPayload }>;

/** So often a verdict is looked at again: a key that is withdrawn takes its tokens along, also those that were seen before. */
const RECHECK_SECONDS = 10;

/** Pattern: Gateway Offloading. Checks access tokens here, so that services need not; a checked one is remembered for a while. */
export class PublicTokens {
  readonly #issuers: TrustedIssuers;
  readonly #cache: TokenCache<{ readonly caller: VerifiedCaller; readonly validUntil: number }>;
  readonly #now: () => number;
  readonly #checkToken: TokenCheck;

  /** `now` in epoch seconds. */
  constructor(issuers: TrustedIssuers, now: () => number, checkToken: TokenCheck = jwtVerify) {
    this.#issuers = issuers;
    this.#cache = new TokenCache(now);
    this.#now = now;
    this.#checkToken = checkToken;
  }

  /** @throws CodedError 401 `token-expired` or `token-invalid`; 503 `identity-unavailable` when the keys were never seen */
  async verify(token: string): Promise<VerifiedCaller> {
    const { caller } = await this.#cache.get(token, async () => {
      const caller = await this.#check(token);
      return { caller, validUntil: Math.min(caller.validUntil, this.#now() + RECHECK_SECONDS) };
    });
    return caller;
  }

  /** Whose token this is, where it was checked before and has not ended. */
  known(token: string): VerifiedCaller | undefined {
    return this.#cache.known(token)?.caller;
  }

  async #check(token: string): Promise<VerifiedCaller> {
    try {
      const { issuer, keys, read } = this.#issuerOf(token);
      const { payload } = await this.#checkToken(token, keys, {
        issuer,
        audience: PUBLIC_AUDIENCE,
        algorithms: ['ES256', 'RS256'],
        requiredClaims: ['exp', 'sub'],
        currentDate: new Date(this.#now() * 1_000),
      });
      return { ...read(payload), validUntil: payload.exp ?? 0 };
    } catch (cause) {
      if (isCodedError(cause)) throw cause;
      throw cause instanceof errors.JWTExpired
        ? new CodedError('unauthenticated', 'token-expired', 'The token has expired; get a new one.', { cause })
        : new CodedError('unauthenticated', 'token-invalid', 'The token is not valid here.', { cause });
    }
  }
  /** Whom it names; it is checked against that one alone. A token of somebody else's meets the first, and fails there. */
  #issuerOf(token: string): TrustedIssuer {
    const { iss } = decodeJwt(token);
    return this.#issuers.find(({ issuer }) => issuer === iss) ?? this.#issuers[0];
  }
}
