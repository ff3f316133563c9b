import { type HeaderLines, single } from './headers.js';

const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
/** Answers after which the same request may yet succeed. */
const PASSING: ReadonlySet<number> = new Set([429, 502, 503, 504]);
/** Kept back from a deadline so that the answer is with the caller before it. */
const MARGIN = { share: 0.1, maxMs: 100 };
const MAX_DEADLINE_MS = 3_600_000;

/** What a caller wishes for one call, from `x-amb-retry`, `x-amb-max-retries`, `x-deadline-ms`. */
export interface CallerWishes {
  readonly retry: boolean;
  readonly maxRetries?: number;
  readonly deadlineMs?: number;
}

/** Undefined when a header of ours says something that it cannot say. */
export function wishesOf(headers: HeaderLines): CallerWishes | undefined {
  const retry = headers['x-amb-retry'];
  const maxRetries = whole(headers['x-amb-max-retries'], 1_000);
  const deadlineMs = whole(headers['x-deadline-ms'], MAX_DEADLINE_MS);
  if (retry !== undefined && single(retry) !== 'off' && single(retry) !== 'on') return undefined;
  if (maxRetries === 'wrong' || deadlineMs === 'wrong') return undefined;
  return {
    retry: retry === undefined || single(retry) === 'on',
    ...(maxRetries !== undefined && { maxRetries }),
    ...(deadlineMs !== undefined && { deadlineMs }),
  };
}

function whole(value: string | string[] | undefined, max: number): number | 'wrong' | undefined {
  if (value === undefined) return undefined;
  const text = single(value);
  return text !== undefined && /^\d{1,9}$/.test(text) ? Math.min(Number(text), max) : 'wrong';
}

/** Only what may be repeated without doing it twice: idempotent verbs, and calls that carry exactly one Idempotency-Key. */
export function mayRepeat(method: string, headers: HeaderLines): boolean {
  const key = single(headers['idempotency-key']);
  return IDEMPOTENT.has(method) || (key !== undefined && key.trim() !== '');
}

/** Additional tries that this call may have; a caller can ask for fewer than configured, never for more. */
export function retriesOf(method: string, headers: HeaderLines, wishes: CallerWishes, configured: number): number {
  if (!wishes.retry || !mayRepeat(method, headers)) return 0;
  return Math.min(configured, wishes.maxRetries ?? configured);
}

/** What is left for us of the caller's budget; 0 when there is nothing left to work with. */
export const workingBudgetMs = (deadlineMs: number): number =>
  Math.max(0, Math.floor(deadlineMs - Math.min(MARGIN.maxMs, Math.ceil(deadlineMs * MARGIN.share))));

export const isPassing = (status: number): boolean => PASSING.has(status);

/** What an answer says about the health of the upstream, in the words of @souk/resilience; undefined for a healthy one. */
export function faultKind(status: number): 'unavailable' | 'internal' | 'too-many-requests' | undefined {
  if (status === 429) return 'too-many-requests';
  if (PASSING.has(status)) return 'unavailable';
  return status >= 500 && status !== 501 && status !== 505 ? 'internal' : undefined;
}

/** Seconds of a `Retry-After` header, which is a number or a date; undefined when it is neither. */
export function retryAfterSeconds(value: string | string[] | undefined, nowMs: number): number | undefined {
  const text = single(value)?.trim() ?? '';
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const at = /^[A-Z][a-z]{2}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, (at - nowMs) / 1_000);
}
