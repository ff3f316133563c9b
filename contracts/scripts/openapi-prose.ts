import type { Operation, ServiceApi } from '../dist/api/operation.js';
import type { JsonSchema } from './schema-book.ts';

export const VERSION = '1.0.0';

export const ABOUT = `A small shop that is run like a large one: independent services behind one gateway.

- **JSON** everywhere; money is integer minor units with an ISO 4217 currency, times are UTC in ISO 8601, ids are UUIDs.
- **Problems** are RFC 9457 documents. \`code\` is part of the API and never changes its meaning, \`detail\` may; \`traceId\`
  finds the trace. Any request may be refused as \`request-timeout\` (408), \`too-many-headers\` (431) or, at an address that
  takes other methods, \`method-not-allowed\` (405) with \`Allow\`.
- **Limits:** every caller has points to spend in a window, by address, user or \`x-api-key\` (401 \`api-key-invalid\`). \`RateLimit-Policy\` and
  \`RateLimit\` of each answer say how many there are and are left. Beyond them any request is \`rate-limited\` (429), far beyond them
  \`caller-blocked\` (429); when the shop itself has too much to do, \`overloaded\` (503, without trace and correlation id). All three say when to
  come back: \`Retry-After\`.
- **Signing in:** browsing is anonymous. Send \`Authorization: Bearer <token>\` (\`./souk token alice\` prints one), or sign in with
  the browser at \`/auth/login\`: then the cookie counts, and every write needs the header \`x-csrf-token\` from \`/auth/session\`.
- **Repeats are harmless** where an \`Idempotency-Key\` or an id of the caller's is sent.
- Unknown fields of bodies and queries are refused. Every GET answers HEAD too, streams aside. Every answer carries
  \`x-correlation-id\`, taken over from the request if it had one.

Messages between the services are described in [/asyncapi.json](/asyncapi.json).`;

/** In the order in which people meet them. */
export const TAGS: Readonly<Record<string, string>> = {
  Pages: 'Answers composed at the gateway: one request for all that a page shows',
  Products: 'Browse and search; nobody needs to sign in',
  Stock: 'What is there',
  Recommendations: 'What others bought and looked at',
  Cart: 'One for each user',
  Orders: 'From the wish to the confirmation, and back',
  Payments: 'Money at the provider',
  Administration: 'For the role `admin`',
  'Sign-in': 'OpenID Connect with a cookie session, for browsers',
  Documents: 'This description, for people and machines',
  Simulator: 'How the outside world behaves',
};

export const HEADERS: JsonSchema = {
  ETag: { description: 'Version of the answer, for If-None-Match', schema: { type: 'string' } },
  Location: { description: 'Where it is to be found', schema: { type: 'string' } },
  'Retry-After': { description: 'Seconds after which to try again, where it is known', schema: { type: 'integer' } },
  'Set-Cookie': { description: 'The session, or its end', schema: { type: 'string' } },
};

const bearer = { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' };

export const SECURITY_SCHEMES: Readonly<Record<'internal' | 'public', JsonSchema>> = {
  internal: { internal: { ...bearer, description: 'Short-lived token of the gateway' } },
  public: {
    bearer: { ...bearer, description: 'Access token of the identity provider; `./souk token alice` prints one' },
    session: { type: 'apiKey', in: 'cookie', name: 'souk-session', description: 'Set by signing in at /auth/login' },
    csrf: { type: 'apiKey', in: 'header', name: 'x-csrf-token', description: '`csrfToken` of GET /auth/session' },
  },
};

/** Which credentials the operation takes: one of the list; `{}` is none. */
export function securityOf({ method, access, credentials }: Operation, security: ServiceApi['security']): JsonSchema[] {
  if (security === 'none') return [];
  if (security === 'internal') return [{ internal: [] }];
  if (credentials === 'none') return [];
  const session: JsonSchema = method === 'get' ? { session: [] } : { session: [], csrf: [] };
  if (credentials === 'session') return [session];
  return [...(access === 'anonymous' ? [{}] : []), { bearer: [] }, session];
}
