import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { currentContext } from '@souk/observability';
import type { FastifyRequest } from 'fastify';
import { errors, type JWTPayload, jwtVerify, type JWTVerifyOptions } from 'jose';
import { z } from 'zod';
import { CodedError } from './coded-error.js';
import { ANONYMOUS, authenticationRequired, type Principal, remember, requirements } from './principal.js';
import { fetchPublished, type RemoteKeys, remoteKeys } from './remote-keys.js';

export const INTERNAL_ISSUER = 'https://gateway.souk.local';
export const INTERNAL_AUDIENCE = 'souk-internal';
const MAX_CACHED = 2_000;
/** So often a verdict is looked at again: a key that is withdrawn takes its tokens along, also those that were seen before. */
const RECHECK_MS = 10_000;

export interface InternalAuthOptions {
  readonly jwksUrl: string;
  readonly issuer?: string;
  readonly audience?: string;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  /** In place of checking it. */
  readonly check?: TokenCheck;
  /** In place of looking at roles. */
  readonly allow?: RoleCheck;
}

/** Whether somebody has one of the roles that a route names; undefined stands for a route that names none. @throws CodedError 401, 403 */
export type RoleCheck = (principal: Principal, roles: Principal['roles'] | undefined) => void;

export type TokenCheck = (
  token: string,
  keys: RemoteKeys,
  expected: JWTVerifyOptions,
) => Promise<{ readonly payload: JWTPayload }>;

const claims = z.object({
  sub: z.string().min(1).max(100),
  roles: z.array(z.enum(['customer', 'admin'])).default([]),
  exp: z.number(),
});

/**
 * Pattern: Gatekeeper (the inner line of it). Trusts nothing but the short-lived token that the gateway signed.
 * Provide it as APP_GUARD with `useFactory`; handlers of messages pass, their sender was checked elsewhere.
 */
export function internalAuth(options: InternalAuthOptions): CanActivate {
  const reflector = new Reflector();
  const principalOf = internalPrincipals(options);
  const { allow = hasRole } = options;
  return {
    async canActivate(context: ExecutionContext): Promise<boolean> {
      if (context.getType() !== 'http') return true;
      const targets = [context.getHandler(), context.getClass()];
      if (reflector.getAllAndOverride<boolean | undefined>(requirements.PUBLIC, targets)) return true;
      const request = context.switchToHttp().getRequest<FastifyRequest>();
      const principal = await principalOf(request.headers.authorization);
      allow(principal, reflector.getAllAndOverride<Principal['roles'] | undefined>(requirements.ROLES, targets));
      remember(request, principal);
      const current = currentContext();
      if (current) current.principal = { sub: principal.sub, roles: [...principal.roles] };
      return true;
    },
  };
}

/** The same without Nest: who the value of an Authorization header stands for. @throws CodedError 401, 503 */
export function internalPrincipals(
  options: InternalAuthOptions,
): (authorization: string | undefined) => Promise<Principal> {
  const verify = cachedVerifier(options);
  return async (authorization) => verify(bearerOf(authorization));
}

function bearerOf(header: string | undefined): string {
  const token = /^Bearer ([\w.~+/=-]+)$/i.exec(header ?? '')?.[1];
  if (token === undefined) throw authenticationRequired();
  return token;
}

const hasRole: RoleCheck = (principal, roles) => {
  if (roles === undefined || roles.some((role) => principal.roles.includes(role))) return;
  if (principal.sub === ANONYMOUS) throw authenticationRequired();
  throw new CodedError('forbidden', 'forbidden', 'You may not do this.');
};

function cachedVerifier({
  jwksUrl,
  issuer = INTERNAL_ISSUER,
  audience = INTERNAL_AUDIENCE,
  now = Date.now,
  check = jwtVerify,
}: InternalAuthOptions) {
  const keys = remoteKeys(() => fetchPublished(jwksUrl), now);
  const cache = new Map<string, { principal: Principal; expiresAt: number }>();
  return async (token: string): Promise<Principal> => {
    const known = cache.get(token);
    if (known !== undefined && known.expiresAt > now()) return known.principal;
    try {
      const options = {
        issuer,
        audience,
        algorithms: ['ES256'],
        requiredClaims: ['exp', 'sub'],
        currentDate: new Date(now()),
      };
      const { sub, roles, exp } = claims.parse((await check(token, keys, options)).payload);
      const principal = { sub, roles };
      // One that is known takes no other's place.
      cache.delete(token);
      if (cache.size >= MAX_CACHED) cache.delete(cache.keys().next().value ?? '');
      cache.set(token, { principal, expiresAt: Math.min(exp * 1_000, now() + RECHECK_MS) });
      return principal;
    } catch (error) {
      throw refusal(error);
    }
  };
}

function refusal(error: unknown): unknown {
  if (error instanceof errors.JWTExpired)
    return new CodedError('unauthenticated', 'token-expired', 'The internal token has expired.');
  if (error instanceof errors.JOSEError || error instanceof z.ZodError) {
    return new CodedError('unauthenticated', 'token-invalid', 'The internal token is not valid.', { cause: error });
  }
  return error;
}
