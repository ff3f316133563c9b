import { type Attributes, currentContext, type SpanHandle, withSpan } from '@souk/observability';
import { type Dispatcher, Pool } from 'undici';
import type { z } from 'zod';
import { CodedError } from './coded-error.js';
import { Exchange, type HttpResponse } from './exchange.js';

export interface HttpClientOptions {
  /** Names the other side in errors. */
  readonly name: string;
  readonly baseUrl: string;
  /** Sockets at most; default 16. */
  readonly connections?: number;
  readonly headersTimeoutMs?: number;
  readonly bodyTimeoutMs?: number;
  /** Idle sockets are closed before the server would; default 4 000. */
  readonly keepAliveTimeoutMs?: number;
}
export interface HttpRequest {
  readonly method: Dispatcher.HttpMethod;
  readonly path: string;
  readonly headers?: Record<string, string>;
  /** Objects go out as JSON; strings, buffers and streams as they are. */
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  /** Override the client's limits for this request; 0 means none. */
  readonly headersTimeoutMs?: number;
  readonly bodyTimeoutMs?: number;
}
export interface HttpClient {
  /** Resolves when the headers are there; the body must be read or dumped. `signal` in place of the one of the request. */
  request(request: HttpRequest, signal?: AbortSignal): Promise<HttpResponse>;
  /** Checks the body against the schema. @throws CodedError `upstream-invalid` when it is something else */
  json<T>(
    schema: z.ZodType<T>,
    request: HttpRequest,
  ): Promise<{ status: number; headers: HttpResponse['headers']; data: T }>;
  close(): Promise<void>;
}

/** One undici pool per upstream; trace and correlation id travel along. Faults of the network are coded errors, statuses are not. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const pool = new Pool(options.baseUrl, {
    connections: options.connections ?? 16,
    headersTimeout: options.headersTimeoutMs ?? 10_000,
    bodyTimeout: options.bodyTimeoutMs ?? 30_000,
    keepAliveTimeout: options.keepAliveTimeoutMs ?? 4_000,
    // Without it the server's Keep-Alive header would decide, and we would keep sockets until just before it closes them.
    keepAliveMaxTimeout: options.keepAliveTimeoutMs ?? 4_000,
    // And what our own servers tell (5 s, libs/service-kit) leaves these 4 s as they are.
    keepAliveTimeoutThreshold: 1_000,
    connectTimeout: 2_000,
  });
  const describe = describeCalls(options.baseUrl);

  const fault = (cause: unknown, isAborted: boolean): CodedError => networkFault(options.name, cause, isAborted);
  const send = (call: HttpRequest, signal: AbortSignal | undefined): Promise<HttpResponse> => {
    const exchange = new Exchange(fault);
    if (signal !== undefined) obey(signal, exchange);
    if (signal?.aborted !== true) pool.dispatch(toUndici(call), exchange);
    return exchange.answer;
  };

  const request: HttpClient['request'] = (call, signal = call.signal) =>
    isRecorded()
      ? withSpan(`${call.method} ${options.name}`, { kind: 'client', attributes: describe(call) }, async (span) =>
          noted(span, await send(call, signal)),
        )
      : send(call, signal);

  const json: HttpClient['json'] = async (schema, call) => {
    const { status, headers, body } = await request({
      ...call,
      headers: { accept: 'application/json', ...call.headers },
    });
    const text = await body.text();
    return { status, headers, data: parse(options.name, schema, status, text) };
  };

  return { request, json, close: () => pool.close() };
}

/** A signal lives on when the call is over; then it must not know it any more. */
function obey(signal: AbortSignal, exchange: Exchange): void {
  const abort = (): void => exchange.abort();
  if (signal.aborted) return abort();
  signal.addEventListener('abort', abort, { once: true });
  exchange.whenOver(() => signal.removeEventListener('abort', abort));
}

function parse<T>(name: string, schema: z.ZodType<T>, status: number, text: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new CodedError(
      'unavailable',
      'upstream-invalid',
      `${name} answered ${status} with a body that was not expected.`,
      { cause },
    );
  }
}

/** A call that belongs to no request or message belongs to no trace either. */
function isRecorded(): boolean {
  const context = currentContext();
  return context !== undefined && context.span?.isRecording !== false;
}

function contextHeaders(): Record<string, string> {
  const context = currentContext();
  return context === undefined ? {} : { traceparent: context.traceparent, 'x-correlation-id': context.correlationId };
}

/** What a span says about a call: never the query, which may hold what is nobody's business. */
function describeCalls(baseUrl: string): (call: HttpRequest) => Attributes {
  const { hostname, port, protocol, origin } = new URL(baseUrl);
  const peer = { 'server.address': hostname, 'server.port': Number(port) || (protocol === 'https:' ? 443 : 80) };
  return ({ method, path }) => ({
    ...peer,
    'http.request.method': method,
    'url.full': `${origin}${path.split('?', 1)[0]}`,
  });
}

/** The span ends with the headers; who reads the body does so in their own time. */
function noted(span: SpanHandle, answer: HttpResponse): HttpResponse {
  span.setAttribute('http.response.status_code', answer.status);
  if (answer.status >= 400) span.fail(String(answer.status));
  return answer;
}

function toUndici({ method, path, headers, body, headersTimeoutMs, bodyTimeoutMs }: HttpRequest) {
  const asJson = isPlain(body);
  return {
    method,
    path,
    headers: Object.assign(asJson ? { 'content-type': 'application/json' } : {}, contextHeaders(), headers),
    body: asJson ? JSON.stringify(body) : (body as Dispatcher.DispatchOptions['body']),
    ...(headersTimeoutMs !== undefined && { headersTimeout: headersTimeoutMs }),
    ...(bodyTimeoutMs !== undefined && { bodyTimeout: bodyTimeoutMs }),
  };
}

const isPlain = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && !(body instanceof Uint8Array) && !(Symbol.asyncIterator in body);

const TIMEOUTS: ReadonlySet<unknown> = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'UND_ERR_ABORTED']);

function networkFault(name: string, cause: unknown, isAborted: boolean): CodedError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return isAborted || TIMEOUTS.has(code)
    ? new CodedError('timeout', 'upstream-timeout', `${name} did not answer in time.`, { cause })
    : new CodedError('unavailable', 'upstream-unavailable', `${name} cannot be reached.`, {
        cause,
        retryAfterSeconds: 1,
      });
}
