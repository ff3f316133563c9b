import { CodedError, fetchPublished, isCodedError, type RemoteKeys, remoteKeys } from '@souk/http';
import type { FastifyInstance } from 'fastify';
import { jwtVerify } from 'jose';
import { z } from 'zod';
import { PASS_AUDIENCE, PASS_HEADER, PASS_ISSUER } from './passes.js';
import { TokenCache } from './token-cache.js';

/** Passes of two minutes of a few gatekeepers. */
const KNOWN_PASSES = 64;
const claims = z.object({ exp: z.number() });

/** Pattern: Gatekeeper. The other end of the pass: who does not come from the gatekeeper is not let in, whatever else they hold. */
export class PassGuard {
  readonly #keys: RemoteKeys;
  readonly #now: () => number;
  readonly #known: TokenCache<{ validUntil: number }>;

  /** `now` in epoch seconds. */
  constructor(keys: RemoteKeys, now: () => number) {
    this.#keys = keys;
    this.#now = now;
    this.#known = new TokenCache(now, KNOWN_PASSES);
  }

  /** Undefined at once for a pass that was seen before. Rejects with CodedError 403 `forbidden`; 503 when the keys were never seen */
  check(pass: string | string[] | undefined): Promise<void> | undefined {
    if (typeof pass !== 'string') return Promise.reject(stranger());
    return this.#known.known(pass) === undefined ? this.#look(pass) : undefined;
  }

  async #look(pass: string): Promise<void> {
    await this.#known.get(pass, () => this.#verify(pass));
  }

  async #verify(pass: string): Promise<{ validUntil: number }> {
    try {
      const { payload } = await jwtVerify(pass, this.#keys, {
        issuer: PASS_ISSUER,
        audience: PASS_AUDIENCE,
        algorithms: ['ES256'],
        currentDate: new Date(this.#now() * 1_000),
      });
      return { validUntil: claims.parse(payload).exp };
    } catch (cause) {
      throw isCodedError(cause) ? cause : stranger(cause);
    }
  }
}

/** By the key set at this address; without one, whoever can reach the gateway is let in. */
export const passGuardOf = (jwksUrl: string | undefined): PassGuard | undefined =>
  jwksUrl === undefined
    ? undefined
    : new PassGuard(
        remoteKeys(() => fetchPublished(jwksUrl), Date.now),
        () => Math.floor(Date.now() / 1_000),
      );

/**
 * Before the hooks by which a request is counted against its caller, told in the access log, kept or looked up. Those of the server itself
 * come earlier: its count of what is under way, the trace, and the limits of its parser, which hold for strangers above all.
 */
export function admitFrom(fastify: FastifyInstance, guard: Pick<PassGuard, 'check'>): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    // What is in a batch was let in with it, and never was on a wire.
    if (isInjected(request.raw)) return done();
    const look = guard.check(request.headers[PASS_HEADER]);
    if (look === undefined) done();
    else look.then(() => done(), done);
  });
}

const isInjected = (raw: object): boolean => 'isLightMyRequest' in raw && raw.isLightMyRequest === true;

const stranger = (cause?: unknown): CodedError =>
  new CodedError('forbidden', 'forbidden', 'Nobody but the gatekeeper is let in here.', { cause });
