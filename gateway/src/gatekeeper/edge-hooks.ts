import { CodedError, PUBLIC_PATH_HEADER } from '@souk/http';
import { currentContext } from '@souk/observability';
import { BODY_LIMIT } from '@souk/service-kit';
import type { FastifyInstance } from 'fastify';
import type { GatewayConfig } from '../config.js';
import { isOverTls } from '../public-url.js';
import { NO_LIMIT } from './body-limit.naive.js';
import { admitFrom, passGuardOf } from './pass-guard.js';
import { guardTarget, type TargetGuard } from './path-guard.js';
import { declareFacts } from './request-facts.js';

/** For this host alone: what else its domain has is not ours. */
const ONE_YEAR = 'max-age=31536000';

/** Pattern: Gatekeeper. Before anything else: what a request may not say, and what every answer says. */
export const edgeHooks =
  (config: Pick<GatewayConfig, 'PUBLIC_URL' | 'SOUK_VARIANTS'> & Partial<Pick<GatewayConfig, 'GATEKEEPER_JWKS_URL'>>) =>
  (fastify: FastifyInstance): void => {
    declareFacts(fastify);
    const bodyLimit = config.SOUK_VARIANTS.includes('body-unlimited') ? NO_LIMIT : BODY_LIMIT;
    const overTls = isOverTls(config) ? { 'strict-transport-security': ONE_YEAR } : {};
    fastify.addHook('onRequest', (request, reply, done) => {
      // Services believe the gateway alone; its own problems name the address as it came.
      delete request.headers[PUBLIC_PATH_HEADER];
      void reply.headers({
        'x-correlation-id': currentContext()?.correlationId,
        'x-content-type-options': 'nosniff',
        ...overTls,
      });
      // Codes, tokens and who is signed in: nothing of that is for any cache, refusals included.
      if (/^\/auth(\/|\?|$)/.test(request.raw.url ?? '')) void reply.header('cache-control', 'no-store');
      done();
    });
    const guard = passGuardOf(config.GATEKEEPER_JWKS_URL);
    if (guard !== undefined) admitFrom(fastify, guard);
    // Bodies are passed on as bytes: read whole (they are small), so that a slow client never holds a connection to a service.
    fastify.removeAllContentTypeParsers();
    fastify.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit }, (_request, body, done) =>
      // A content type alone is no body.
      done(null, body.length === 0 ? undefined : body),
    );
  };

/** What every request passes before any route is looked at; counted and logged by then, so that refusals are too. */
export function refuseTargets(fastify: FastifyInstance, guard: TargetGuard = guardTarget): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    const refusal = guard(request.raw);
    done(refusal === undefined ? undefined : new CodedError('invalid', 'path-refused', refusal));
  });
}
