import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { contextOf, correlationIdOf, type Logger, runInContext, type SpanHandle, startSpan } from '@souk/observability';
import type { Caller, Reply } from './caller.js';
import type { Counts } from './counts.js';
import { single } from './headers.js';
import { outbound, readIncoming } from './incoming.js';
import { problemAnswer, type ProblemCode } from './problems.js';

export interface ExchangeParts {
  /** Who answers for the listener at the moment a request is complete. */
  readonly target: () => Caller;
  readonly counts: Counts;
  readonly logger: Logger;
}

/** One request of the application from its head to the last byte of its answer. */
export async function exchange(
  parts: ExchangeParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const span = serverSpan(request, parts.target().name);
  try {
    await runInContext(contextOf(span, correlationIdOf(single(request.headersDistinct['x-correlation-id']))), () =>
      answer(parts, request, response),
    );
    span.setAttribute('http.response.status_code', response.statusCode);
    if (response.statusCode >= 500) span.fail(String(response.statusCode));
  } catch (err) {
    // The caller hung up while it was sending, or one side broke off in the middle of the answer: nobody is left to tell.
    span.fail(err);
    parts.logger.info({ err, traceId: contextOf(span).traceId }, 'an exchange broke off');
    response.destroy();
  } finally {
    span.end();
  }
}

function serverSpan({ method = '', url = '', headersDistinct }: IncomingMessage, upstream: string): SpanHandle {
  return startSpan(`${method} ambassador/${upstream}`, {
    kind: 'server',
    parent: single(headersDistinct['traceparent']),
    attributes: () => ({ 'http.request.method': method, 'url.path': url.split('?', 1)[0], 'url.scheme': 'http' }),
  });
}

async function answer(parts: ExchangeParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const hungUp = new AbortController();
  // A response that is written closes too; to abort then would cost an error with its stack, for nobody.
  response.once('close', () => {
    if (!response.writableFinished) hungUp.abort();
  });
  const incoming = await readIncoming(request);
  if (typeof incoming === 'string') return refuse(parts.logger, request, response, incoming);
  const upstream = parts.target();
  parts.counts.began(upstream.name);
  const reply = await upstream.call(outbound(incoming, upstream, hungUp.signal));
  const ms = performance.now() - incoming.arrivedAt;
  parts.counts.ended(upstream.name, reply.outcome, ms);
  log(parts.logger, upstream.name, request, reply, ms);
  const { deadlineMs } = incoming.wishes;
  await send(response, reply, deadlineMs === undefined ? undefined : Math.max(1, deadlineMs - ms));
}

/** What was not read of the request must not be taken for the next one, so the connection ends with the answer. */
function refuse(logger: Logger, request: IncomingMessage, response: ServerResponse, code: ProblemCode): void {
  const { status, headers, body } = problemAnswer(code);
  logger.info({ method: request.method, status, code }, 'refused');
  response.writeHead(status, { ...headers, connection: 'close' }).end(body);
}

/** A caller who reads nothing for so long has gone, and holds one of the upstream's sockets. */
const STILL_MS = 30_000;

/** A body that flows ends with the deadline too: nobody waits for the rest. */
async function send(response: ServerResponse, reply: Reply, leftMs: number | undefined): Promise<void> {
  const { status, headers, body, attempts, circuit } = reply;
  try {
    response.writeHead(status, { ...headers, 'x-amb-attempts': String(attempts), 'x-amb-breaker': circuit });
    if (Buffer.isBuffer(body)) response.end(body);
    else {
      // Only for this answer: Node sets the limit of an idle connection again when it is over.
      response.setTimeout(STILL_MS, () => response.destroy());
      await pipeline(body, response, leftMs === undefined ? {} : { signal: AbortSignal.timeout(Math.ceil(leftMs)) });
    }
  } catch (error) {
    // Whatever went wrong on this side, the upstream's socket is not to wait for a reader.
    if (!Buffer.isBuffer(body)) body.on('error', () => undefined).destroy();
    throw error;
  }
}

/** One line per request; what went well at once is not worth one by default. The query stays out: it may hold secrets. */
function log(logger: Logger, upstream: string, { method, url }: IncomingMessage, reply: Reply, ms: number): void {
  const { status, attempts, circuit, outcome, reason } = reply;
  const level = outcome === 'error' ? 'error' : outcome === 'ok' && attempts === 1 ? 'debug' : 'info';
  const path = url?.split('?', 1)[0];
  logger[level]({ upstream, method, path, status, outcome, attempts, circuit, ms: Math.round(ms), reason }, 'request');
}
