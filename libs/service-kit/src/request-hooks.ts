import { contextOf, correlationIdOf, type Logger, runInContext, type SpanHandle, startSpan } from '@souk/observability';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { refusalOfHead } from './refused-head.js';

/** Opens the request context (trace, correlation id), counts, and writes one debug line per request, as long as the level is that. */
export function addRequestHooks(fastify: FastifyInstance, logger: Logger, count: (status: number) => void): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const span = startServerSpan(request);
    if (span.isRecording) endWith(reply, span);
    const refusal = refusalOfHead(request.raw);
    // Nobody can say where the next request begins, or whose it is; and Node reads nothing more behind an Upgrade that it ignores.
    if (refusal !== undefined || request.headers.upgrade !== undefined) void reply.header('connection', 'close');
    runInContext(contextOf(span, correlationIdOf(single(request.headers['x-correlation-id']))), () => done(refusal));
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    count(reply.statusCode);
    // Asked each time: the level may change while the process runs.
    if (logger.isLevelEnabled('debug')) logger.debug(lineOf(request, reply), 'request');
    done();
  });
}

const lineOf = ({ method, url }: FastifyRequest, { statusCode: status, elapsedTime }: FastifyReply) => ({
  method,
  path: url.split('?', 1)[0],
  status,
  ms: Math.round(elapsedTime),
});

/** Named by the route, not by the address; the query stays out, because it may hold what is nobody's business. */
function startServerSpan(request: FastifyRequest): SpanHandle {
  const { method, routeOptions, url } = request;
  const route = routeOptions.url;
  return startSpan(route === undefined ? method : `${method} ${route}`, {
    kind: 'server',
    parent: single(request.headers['traceparent']),
    attributes: () => ({
      'http.request.method': method,
      'http.route': route,
      'url.path': url.split('?', 1)[0],
      'url.scheme': request.protocol,
    }),
  });
}

/** With the last byte, or with the caller who does not wait for it; the gateway writes to the raw response, past Fastify's hooks. */
function endWith({ raw }: FastifyReply, span: SpanHandle): void {
  let ended = false;
  const end = (complete: boolean): void => {
    if (ended) return;
    ended = true;
    if (raw.headersSent) span.setAttribute('http.response.status_code', raw.statusCode);
    // No failure of ours, and the usual end of an event stream.
    if (!complete) span.setAttribute('souk.caller.gone', true);
    else if (raw.statusCode >= 500) span.fail(String(raw.statusCode));
    span.end();
  };
  raw.once('finish', () => end(true));
  raw.once('close', () => end(false));
}

const single = (header: string | string[] | undefined): string | undefined =>
  typeof header === 'string' ? header : undefined;
