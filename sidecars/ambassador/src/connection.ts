import { type Attributes, currentContext, type SpanHandle, withSpan } from '@souk/observability';
import type { Pool } from 'undici';
import { FaultyAnswer, readAnswer, type UpstreamAnswer } from './answer.js';
import type { OutboundCall } from './caller.js';
import type { UpstreamDefinition } from './definitions.js';
import { openPool, request } from './undici-pool.js';

/** Between our limit and undici's own, so that ours always speaks first. */
const SLACK_MS = 1_000;
/** Idle sockets are closed before usual servers (5 s) would, so that a request does not meet one that is closing. */
const KEEP_ALIVE_MS = 4_000;
const BODY_TIMEOUT_MS = 30_000;

export interface TryOptions {
  readonly signal: AbortSignal;
  /** 1 for the first. */
  readonly attempt: number;
  /** What is left of the caller's budget for this try; undefined when the caller has none. */
  readonly deadlineMs?: number | undefined;
}

/** The sockets to an upstream, with its TLS material. */
export class Connection {
  readonly #pool: Pool;
  readonly #name: string;
  readonly #peer: Record<string, string | number>;

  constructor({ name, settings, tls }: UpstreamDefinition) {
    this.#name = name;
    this.#peer = peerOf(new URL(settings.url));
    this.#pool = openPool(settings.url, {
      connections: settings.bulkhead.concurrent,
      allowH2: false,
      headersTimeout: settings.timeoutMs + SLACK_MS,
      bodyTimeout: BODY_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // Else what the upstream tells of its own patience would be ours; it may end before that is over.
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      connect: { timeout: settings.timeoutMs, ...tls },
    });
  }

  /** One try. @throws FaultyAnswer, or what undici throws */
  try(call: OutboundCall, { signal, attempt, deadlineMs }: TryOptions): Promise<UpstreamAnswer> {
    const { method, path, body = null } = call;
    const attributes = (): Attributes => ({
      ...this.#peer,
      'http.request.method': method,
      'url.path': path.split('?', 1)[0],
      ...(attempt > 1 && { 'http.request.resend_count': attempt - 1 }),
    });
    return withSpan(`${method} ${this.#name}`, { kind: 'client', attributes }, async (span) => {
      const headers = {
        ...call.headers,
        traceparent: span.traceparent,
        'x-correlation-id': currentContext()?.correlationId,
        ...(deadlineMs !== undefined && { 'x-deadline-ms': String(deadlineMs) }),
      };
      return noted(span, request(this.#pool, { method, path, headers, body, signal }).then(readAnswer));
    });
  }

  /** Lets the requests under way end. */
  close(): Promise<void> {
    return this.#pool.close();
  }
}

async function noted(span: SpanHandle, answer: Promise<UpstreamAnswer>): Promise<UpstreamAnswer> {
  const status = await answer.then(
    (healthy) => healthy.status,
    (error: unknown) => (error instanceof FaultyAnswer ? error.answer.status : undefined),
  );
  span.setAttribute('http.response.status_code', status);
  if (status !== undefined && status >= 400) span.fail(String(status));
  return answer;
}

const peerOf = ({ hostname, port, protocol }: URL) => ({
  'server.address': hostname,
  'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
});
