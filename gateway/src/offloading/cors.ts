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
    const { corsOrigins } = settings.value;
    if (corsOrigins.length === 0) return done();
    // Also where no origin was sent: a cache must not give that answer to a script.
    void reply.header('vary', 'Origin');
    const { origin } = request.headers;
    if (origin === undefined || !allows(origin, corsOrigins)) return done();
    void reply.header('access-control-allow-origin', origin).header('access-control-allow-credentials', 'true');
    if (isPreflight(request)) return void answerPreflight(reply);
    void reply.header('access-control-expose-headers', EXPOSED);
    done();
  });
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
