import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Exact origins, as a browser sends them: `https://shop.example.org`. May change at any time. */
export interface CorsSettings {
  readonly value: { readonly corsOrigins: readonly string[] };
}

/** Whether scripts of this origin may read answers. */
export type OriginRule = (origin: string, listed: readonly string[]) => boolean;

export const isListed: OriginRule = (origin, listed) => listed.includes(origin);

const METHODS = 'GET, HEAD, POST, PUT, DELETE';
const HEADERS =
  'authorization, content-type, idempotency-key, if-match, if-none-match, last-event-id, x-correlation-id, x-csrf-token';
const EXPOSED = 'age, cache-status, etag, location, ratelimit, ratelimit-policy, retry-after, x-correlation-id';
/** Browsers keep it for two hours at most. */
const PREFLIGHT_SECONDS = '600';

/**
 * Pattern: Gateway Offloading. Lets scripts of the listed origins read answers, credentials included. Services know nothing of
 * it. Never `*`, never an echo of what is not listed.
 */
export function allowOrigins(fastify: FastifyInstance, settings: CorsSettings, allows: OriginRule = isListed): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!letRead(request, reply, settings, allows)) return done();
    if (isPreflight(request)) return void answerPreflight(reply);
    void reply.header('access-control-expose-headers', EXPOSED);
    done();
  });
}

/**
 * Pattern: Gatekeeper, in a process of its own. Scripts of the listed origins can read why they were turned away; what the gateway
 * answers says by itself who may read it, preflights included.
 */
export function tellRefusals(fastify: FastifyInstance, settings: CorsSettings): void {
  fastify.addHook('onError', (request, reply, _error, done) => {
    if (letRead(request, reply, settings, isListed)) void reply.header('access-control-expose-headers', EXPOSED);
    done();
  });
}

/** Whether scripts of where the request comes from may read the answer, which then says so. */
function letRead(
  { headers: { origin } }: FastifyRequest,
  reply: FastifyReply,
  { value: { corsOrigins } }: CorsSettings,
  allows: OriginRule,
): boolean {
  if (corsOrigins.length === 0) return false;
  // Also where no origin was sent: a cache must not give that answer to a script.
  void reply.header('vary', 'Origin');
  if (origin === undefined || !allows(origin, corsOrigins)) return false;
  void reply.header('access-control-allow-origin', origin).header('access-control-allow-credentials', 'true');
  return true;
}

const isPreflight = ({ method, headers }: FastifyRequest): boolean =>
  method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;

/** The same for every address: what may really be done is said by the request that follows. */
const answerPreflight = (reply: FastifyReply): FastifyReply =>
  reply
    .code(204)
    .headers({
      'access-control-allow-methods': METHODS,
      'access-control-allow-headers': HEADERS,
      'access-control-max-age': PREFLIGHT_SECONDS,
      vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
    })
    .send();
