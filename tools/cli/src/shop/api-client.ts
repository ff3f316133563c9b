import type { Problem } from '@souk/contracts';
import { CliError, reasonOf } from '../errors.ts';
import { soukCommand } from '../souk-command.ts';

const TIMEOUT_MS = 40_000;

/** An answer of the shop's API; `body` is parsed JSON, or the text where it is no JSON. */
export interface ApiAnswer<T = unknown> {
  status: number;
  headers: Headers;
  body: T;
}

export interface ApiRequest {
  token?: string;
  body?: unknown;
  headers?: Record<string, string>;
  timeoutMs?: number;
}

const FIXES: Record<string, (instance: string) => string> = {
  'price-changed': () => 'place the order again, it takes the current price',
  'idempotency-key-reused': () => 'use a fresh Idempotency-Key for another body',
  'upstream-unavailable': (instance) => `look at ${soukCommand(instance, 'status')}; a service may be restarting`,
  'upstream-timeout': (instance) => `look at ${soukCommand(instance, 'status')} and ${soukCommand(instance, 'logs')}`,
};

/** An answer that the caller did not ask for, told as what happened, why, and how to fix it. */
export class ApiError extends CliError {
  readonly status: number;
  readonly problem: Partial<Problem>;

  constructor(request: string, status: number, problem: Partial<Problem>, instance = 'default') {
    const code = problem.code ?? 'no-code';
    super(
      `${request} was answered ${status} ${code}`,
      reasonIn(problem),
      FIXES[code]?.(instance) ?? `docs/problems.md explains "${code}"`,
    );
    this.name = 'ApiError';
    this.status = status;
    this.problem = problem;
  }
}

function reasonIn(problem: Partial<Problem>): string {
  const fields = (problem.errors ?? []).map(({ path, message }) => `${path}: ${message}`);
  const reason = problem.detail ?? problem.title ?? 'the answer carries no problem details';
  const trace = problem.traceId === undefined ? '' : ` (trace ${problem.traceId})`;
  return [reason, ...fields].join('; ') + trace;
}

/** A small client of the public API: JSON in, JSON out; any status is an answer, only a dead connection throws. */
export class ApiClient {
  private readonly baseUrl: string;
  /** Only for hints. */
  private readonly instance: string;
  private readonly fetch: typeof fetch;

  constructor(baseUrl: string, instance = 'default', fetchLike: typeof fetch = fetch) {
    this.baseUrl = baseUrl;
    this.instance = instance;
    this.fetch = fetchLike;
  }

  async send<T = unknown>(method: string, path: string, request: ApiRequest = {}): Promise<ApiAnswer<T>> {
    const headers: Record<string, string> = { accept: 'application/json', ...request.headers };
    if (request.token !== undefined) headers['authorization'] = `Bearer ${request.token}`;
    if (request.body !== undefined) headers['content-type'] ??= 'application/json';
    const body = request.body === undefined ? null : JSON.stringify(request.body);
    const signal = AbortSignal.timeout(request.timeoutMs ?? TIMEOUT_MS);
    const response = await this.fetch(new URL(path, this.baseUrl), { method, headers, body, signal }).catch(
      (cause: unknown) => {
        const why = cause instanceof Error ? reasonOf(rootOf(cause)) : String(cause);
        const fix = `${soukCommand(this.instance, 'up')}, then ${soukCommand(this.instance, 'status')}`;
        throw new CliError(`${method} ${path} got no answer from ${this.baseUrl}`, why, fix, { cause });
      },
    );
    return { status: response.status, headers: response.headers, body: parseBody(await response.text()) as T };
  }

  /** As `send`, but every status other than `expected` is an ApiError. */
  async expectAnswer<T>(
    expected: number[],
    method: string,
    path: string,
    request: ApiRequest = {},
  ): Promise<ApiAnswer<T>> {
    const answer = await this.send<T>(method, path, request);
    if (!expected.includes(answer.status))
      throw new ApiError(`${method} ${path}`, answer.status, problemOf(answer.body), this.instance);
    return answer;
  }

  /** The body alone of `expectAnswer`. */
  async expect<T>(expected: number[], method: string, path: string, request: ApiRequest = {}): Promise<T> {
    return (await this.expectAnswer<T>(expected, method, path, request)).body;
  }
}

function problemOf(body: unknown): Partial<Problem> {
  return typeof body === 'object' && body !== null ? (body as Partial<Problem>) : {};
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** fetch says "fetch failed"; what went wrong with the connection is in its cause. */
function rootOf(error: Error): Error {
  return error.cause instanceof Error ? rootOf(error.cause) : error;
}
