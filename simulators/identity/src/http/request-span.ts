import type { IncomingMessage, ServerResponse } from 'node:http';
import { correlationIdOf, withSpan } from '@souk/observability';

/** Every word that stands in a route; what is none of them was made up by somebody, and has no place in the name of a span. */
const WORDS = new Set(
  `auth token revocation jwks device session end confirm success .well-known openid-configuration oauth-authorization-server
   interaction login abort knobs users rotate-key assets identity.css`.split(/\s+/),
);

/** Runs a request as a span of its caller's trace, named by its route; its log lines carry the trace id. */
export function inRequestSpan(
  request: IncomingMessage,
  response: ServerResponse,
  work: () => Promise<void>,
): Promise<void> {
  const { method = '', url = '', headers } = request;
  const path = url.split('?', 1)[0] ?? '';
  const route = routeOf(path);
  const options = {
    kind: 'server' as const,
    parent: single(headers['traceparent']),
    correlationId: correlationIdOf(single(headers['x-correlation-id'])),
    attributes: { 'http.request.method': method, 'http.route': route, 'url.path': path },
  };
  return withSpan(route === undefined ? method : `${method} ${route}`, options, async (span) => {
    await work();
    span.setAttribute('http.response.status_code', response.statusCode);
    if (response.statusCode >= 500) span.fail(String(response.statusCode));
  });
}

/** `/interaction/:id/login`; undefined for what is no route of ours. */
export function routeOf(path: string): string | undefined {
  const parts = path.slice(1).split('/');
  if (!WORDS.has(parts[0] ?? '')) return undefined;
  return `/${parts.map((part) => (WORDS.has(part) ? part : ':id')).join('/')}`;
}

const single = (header: string | string[] | undefined): string | undefined =>
  typeof header === 'string' ? header : undefined;
