import { problem } from '@souk/contracts';
import { CodedError, type ErrorKind } from '@souk/http';
import type { UpstreamName } from '../routing/routes.js';
import type { Upstreams } from '../routing/upstreams.js';
import type { PartCall } from './parts.js';

export interface Answered<T> {
  readonly value: T;
  /** Of its text. */
  readonly bytes: number;
}

const GRACE_MS = 50;

/** @throws CodedError 404, 400 as the service says it; 503, 504 when it cannot be asked */
export async function getPart<T>(
  upstreams: Pick<Upstreams, 'of'>,
  { upstream, path, schema, authorization }: PartCall<T>,
  timeoutMs: number,
): Promise<Answered<T>> {
  const headers = { authorization, accept: 'application/json' };
  // Bounds the second try and the body; later than the limit of one try, which is what the breaker learns from.
  const signal = AbortSignal.timeout(timeoutMs + GRACE_MS);
  const answer = await upstreams
    .of(upstream)
    .request({ method: 'GET', path, headers, timeoutMs, signal })
    .catch((cause: unknown) => Promise.reject(signal.aborted ? tooLate(upstream, cause) : cause));
  // The policies reach no further than the headers.
  const late = (): void => answer.body.dump();
  signal.addEventListener('abort', late);
  const text = await answer.body.text().catch(() => '');
  signal.removeEventListener('abort', late);
  if (text === '' && signal.aborted) throw tooLate(upstream);
  const parsed = parse(text);
  if (answer.status === 200) return { value: expected(upstream, schema, parsed), bytes: text.length };
  throw refusalOf(upstream, answer.status, parsed);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const tooLate = (name: UpstreamName, cause?: unknown): CodedError =>
  new CodedError('timeout', 'upstream-timeout', `${name} did not answer in time.`, { cause });

function expected<T>(name: UpstreamName, schema: PartCall<T>['schema'], body: unknown): T {
  const result = schema.safeParse(body);
  if (!result.success)
    throw new CodedError('unavailable', 'upstream-invalid', `${name} answered something unexpected.`, {
      cause: result.error,
    });
  return result.data;
}

/** Refusals about the caller's own wish keep their code; everything else is a fault of the service. */
function refusalOf(name: UpstreamName, status: number, body: unknown): CodedError {
  const told = problem.safeParse(body);
  const kinds: Record<number, ErrorKind> = { 400: 'invalid', 404: 'not-found' };
  const kind = kinds[status];
  return kind !== undefined && told.success
    ? new CodedError(kind, told.data.code, told.data.detail ?? told.data.title)
    : new CodedError('unavailable', 'upstream-unavailable', `${name} cannot answer now.`, { retryAfterSeconds: 1 });
}
