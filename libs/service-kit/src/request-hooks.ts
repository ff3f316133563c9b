import { randomUUID } from 'node:crypto';
import { CodedError } from '@souk/http';
import {
  childTraceparent,
  type Logger,
  parseTraceparent,
  type RequestContext,
  runInContext,
} from '@souk/observability';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Node hands a handler the first 1,000 headers only and says nothing about the rest; nobody honest sends a hundred. */
const MAX_HEADERS = 100;

/** Opens the request context (trace, correlation id) and writes one debug line per request. */
export function addRequestHooks(fastify: FastifyInstance, logger: Logger): void {
  fastify.addHook('onRequest', (request, _reply, done) => {
    runInContext(contextOf(request), () => done(tooManyHeaders(request)));
  });
  if (!logger.isLevelEnabled('debug')) return;
  fastify.addHook('onResponse', async (request, reply) => {
    const path = request.url.split('?', 1)[0];
    logger.debug(
      { method: request.method, path, status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
      'request',
    );
  });
}

function contextOf(request: FastifyRequest): RequestContext {
  const traceparent = childTraceparent(single(request.headers['traceparent']));
  const given = single(request.headers['x-correlation-id']);
  return {
    traceparent,
    traceId: parseTraceparent(traceparent)?.traceId ?? '',
    correlationId: given !== undefined && /^[\w.:-]{1,100}$/.test(given) ? given : randomUUID(),
  };
}

const single = (header: string | string[] | undefined): string | undefined =>
  typeof header === 'string' ? header : undefined;

const tooManyHeaders = ({ raw }: FastifyRequest): Error | undefined =>
  raw.rawHeaders.length > MAX_HEADERS * 2
    ? new CodedError('headers-too-large', 'too-many-headers', `At most ${MAX_HEADERS} header lines are read.`)
    : undefined;
