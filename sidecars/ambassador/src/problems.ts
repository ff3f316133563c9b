import { currentContext } from '@souk/observability';
import { STATUS_CODES } from './node-http.js';

/** Every answer of the ambassador's own. The codes are part of its interface. */
const PROBLEMS = {
  'upstream-open': { status: 503, detail: 'The upstream is failing; calls to it are paused.' },
  'upstream-saturated': { status: 503, detail: 'Too many calls to the upstream are under way.' },
  'upstream-unreachable': { status: 502, detail: 'The upstream cannot be reached.' },
  'upstream-timeout': { status: 504, detail: 'The upstream did not answer in time.' },
  'call-cancelled': { status: 503, detail: 'The caller hung up.' },
  'internal-error': { status: 500, detail: 'Something went wrong in the ambassador; its log knows more.' },
  'ambassador-header-invalid': {
    status: 400,
    detail: 'x-amb-retry is on or off; x-amb-max-retries and x-deadline-ms are whole numbers.',
  },
  'malformed-url': { status: 400, detail: 'Send a path that begins with a slash, not a whole URL.' },
  'bad-request': { status: 400, detail: 'This is not an HTTP request.' },
  'method-not-allowed': { status: 405, detail: 'The ambassador does not pass on this method.' },
  'request-timeout': { status: 408, detail: 'The request did not arrive in time.' },
  'body-too-large': { status: 413, detail: 'The body is over 1 MiB, which is what is kept for another try.' },
  'too-many-headers': { status: 431, detail: 'The headers are larger than the ambassador reads.' },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

export interface ProblemAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

/** An RFC 9457 answer in the shape of all others in the shop. */
export function problemAnswer(code: ProblemCode, retryAfterSeconds?: number): ProblemAnswer {
  const { status, detail } = PROBLEMS[code];
  const traceId = currentContext()?.traceId;
  const body = Buffer.from(
    JSON.stringify({
      type: `https://souk.dev/problems/${code}`,
      title: STATUS_CODES[status] ?? 'Error',
      status,
      code,
      detail,
      ...(traceId !== undefined && { traceId }),
    }),
  );
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      'content-length': String(body.length),
      ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
    },
    body,
  };
}
