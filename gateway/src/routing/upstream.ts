import { createHttpClient, type HttpClient, type HttpRequest, type HttpResponse } from '@souk/http';
import { resilient, type Resilient, type ResilientState } from '@souk/resilience';
import type { UpstreamName } from './routes.js';

export interface UpstreamCall extends HttpRequest {
  /** Limit until the headers are there; default 5 000. */
  readonly timeoutMs?: number;
}

/** One service as the gateway sees it: a connection pool behind a circuit breaker; a lost GET is tried once more. */
export class Upstream {
  readonly #client: HttpClient;
  readonly #policy: Resilient;

  constructor(name: UpstreamName, baseUrl: string) {
    this.#client = createHttpClient({
      name,
      baseUrl,
      connections: 64,
      headersTimeoutMs: 60_000,
      bodyTimeoutMs: 30_000,
    });
    this.#policy = resilient({
      name,
      timeoutMs: 5_000,
      retry: { attempts: 1, baseDelayMs: 20, maxDelayMs: 50, retryOn: isLostConnection },
      breaker: { window: 20, minimumCalls: 10, failureRatio: 0.5, halfOpenAfterMs: 1_000 },
      bulkhead: { concurrent: 256, queue: 64 },
    });
  }

  request({ timeoutMs, signal, ...call }: UpstreamCall): Promise<HttpResponse> {
    return this.#policy.execute((tryUntil) => this.#client.request({ ...call, signal: tryUntil }), {
      retryable: call.method === 'GET',
      ...(signal && { signal }),
      ...(timeoutMs !== undefined && { timeoutMs }),
    });
  }

  state(): ResilientState {
    return this.#policy.state();
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}

/** A timeout is not tried again: the service is busy enough. */
const isLostConnection = (error: unknown): boolean =>
  error instanceof Error && 'kind' in error && error.kind === 'unavailable';
