import type { IncomingMessage } from 'node:http';
import { type CallerWishes, retriesOf, wishesOf } from './call-rules.js';
import type { Caller, OutboundCall } from './caller.js';
import { type HeaderLines, toUpstream } from './headers.js';
import type { ProblemCode } from './problems.js';
import { readBody } from './request-body.js';

/** A request of the application that may go out. */
export interface Incoming {
  readonly method: string;
  readonly path: string;
  readonly headers: HeaderLines;
  readonly wishes: CallerWishes;
  readonly body: Buffer | undefined;
  readonly arrivedAt: number;
}

/** Node hands over the first 1,000 headers only and says nothing about the rest; nobody honest sends a hundred. */
const MAX_HEADERS = 100;
/** TRACE sends back what it got, and with it what we add; CONNECT is no request to one upstream. */
const REFUSED_METHODS: ReadonlySet<string> = new Set(['TRACE', 'CONNECT']);

/** Reads a request to its end. A code of a problem says why it does not go out. Rejects when the caller hangs up. */
export async function readIncoming(request: IncomingMessage): Promise<Incoming | ProblemCode> {
  const arrivedAt = performance.now();
  const { method = '', url: path = '', headersDistinct: headers } = request;
  if (REFUSED_METHODS.has(method)) return 'method-not-allowed';
  if (!path.startsWith('/')) return 'malformed-url';
  if (request.rawHeaders.length > MAX_HEADERS * 2) return 'too-many-headers';
  const wishes = wishesOf(headers);
  if (wishes === undefined) return 'ambassador-header-invalid';
  const body = await readBody(request);
  return body === 'too-large' ? 'body-too-large' : { method, path, headers, wishes, body, arrivedAt };
}

/** What goes out of it: the ambassador's headers in place of the caller's, and what is left of the caller's budget. */
export function outbound(incoming: Incoming, upstream: Caller, signal: AbortSignal): OutboundCall {
  const { method, path, wishes, body, arrivedAt } = incoming;
  const headers = toUpstream(incoming.headers, upstream.injected);
  const spentMs = performance.now() - arrivedAt;
  return {
    method,
    path,
    headers,
    body,
    retries: retriesOf(method, headers, wishes, upstream.maxRetries),
    deadlineMs: wishes.deadlineMs === undefined ? undefined : Math.max(0, wishes.deadlineMs - spentMs),
    signal,
  };
}
