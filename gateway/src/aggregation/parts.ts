import { addAbortSignal } from 'node:stream';
import { type MissingPart, problem } from '@souk/contracts';
import { CodedError, type ErrorKind } from '@souk/http';
import type { z } from 'zod';
import type { UpstreamName } from '../routing/routes.js';
import type { Upstreams } from '../routing/upstreams.js';
import type { PageMetrics, PartOutcome } from './page-metrics.js';

/** A GET that brings one part of a page. */
export interface PartCall<T> {
  readonly upstream: UpstreamName;
  readonly path: string;
  readonly schema: z.ZodType<T>;
  /** The value of the Authorization header. */
  readonly authorization: string;
}

/** What became of an optional part. */
export interface Part<T> {
  readonly value: T | null;
  readonly missing: readonly MissingPart[];
}

const REQUIRED_MS = 3_000;
const OPTIONAL_MS = 300;
const GRACE_MS = 50;

/** Gets the parts of pages from the services, each with its own deadline, and counts what came of them. */
export class Parts {
  readonly #upstreams: Upstreams;
  readonly #metrics: PageMetrics;

  constructor(upstreams: Upstreams, metrics: PageMetrics) {
    this.#upstreams = upstreams;
    this.#metrics = metrics;
  }

  /** @throws CodedError 404, 400 as the service says it; 503, 504 when it cannot be asked */
  required<T>(name: string, call: PartCall<T>): Promise<T> {
    return this.#counted(name, () => this.#get(call, REQUIRED_MS));
  }

  /** Never rejects: without this part it is still a page. */
  async optional<T>(name: MissingPart['part'], call: PartCall<T>): Promise<Part<T>> {
    try {
      return { value: await this.#counted(name, () => this.#get(call, OPTIONAL_MS)), missing: [] };
    } catch (error) {
      return { value: null, missing: [{ part: name, reason: reasonOf(error) }] };
    }
  }

  async #counted<T>(name: string, get: () => Promise<T>): Promise<T> {
    const started = performance.now();
    let outcome: PartOutcome = 'ok';
    try {
      return await get();
    } catch (error) {
      outcome = reasonOf(error);
      throw error;
    } finally {
      this.#metrics.part(name, outcome, performance.now() - started);
    }
  }

  async #get<T>({ upstream, path, schema, authorization }: PartCall<T>, timeoutMs: number): Promise<T> {
    const headers = { authorization, accept: 'application/json' };
    // Bounds the second try and the body; later than the limit of one try, which is what the breaker learns from.
    const signal = AbortSignal.timeout(timeoutMs + GRACE_MS);
    const answer = await this.#upstreams
      .of(upstream)
      .request({ method: 'GET', path, headers, timeoutMs, signal })
      .catch((cause: unknown) => Promise.reject(signal.aborted ? tooLate(upstream, cause) : cause));
    // Neither the policies nor undici's signal reach further than the headers.
    const parsed: unknown = await addAbortSignal(signal, answer.body)
      .json()
      .catch(() => undefined);
    if (parsed === undefined && signal.aborted) throw tooLate(upstream);
    if (answer.status === 200) return expected(upstream, schema, parsed);
    throw refusalOf(upstream, answer.status, parsed);
  }
}

const tooLate = (name: UpstreamName, cause?: unknown): CodedError =>
  new CodedError('timeout', 'upstream-timeout', `${name} did not answer in time.`, { cause });

function expected<T>(name: UpstreamName, schema: z.ZodType<T>, body: unknown): T {
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

/** Why a part is missing. */
export function reasonOf(error: unknown): MissingPart['reason'] {
  const kind = error instanceof Error && 'kind' in error ? error.kind : undefined;
  if (kind === 'timeout') return 'timeout';
  return kind === 'not-found' ? 'unknown' : 'unavailable';
}
