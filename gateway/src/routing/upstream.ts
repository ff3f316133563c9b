import { createHttpClient, type HttpClient, type HttpRequest, type HttpResponse } from '@souk/http';
import { resilient, type Resilient, type ResilientState } from '@souk/resilience';
import type { UpstreamName } from './routes.js';

export interface UpstreamCall extends HttpRequest {
  /** Limit until the headers are there; default 5 000. */
  readonly timeoutMs?: number;
  /** A stream or long poll: holds its connection for long, on purpose. */
  readonly isLong?: boolean;
}

/** One service as the gateway sees it: a connection pool behind a circuit breaker; a lost GET is tried once more. */
export class Upstream {
  readonly #short: Lane;
  /** Pattern: Bulkhead. Callers who wait must not take the connections of those who work, nor open the breaker for them. */
  readonly #long: Lane;

  constructor(name: UpstreamName, baseUrl: string) {
    this.#short = openLane(name, baseUrl, 64);
    this.#long = openLane(`${name} (waiting)`, baseUrl, 1_024);
  }

  request({ timeoutMs, signal, isLong = false, ...call }: UpstreamCall): Promise<HttpResponse> {
    const { client, policy } = isLong ? this.#long : this.#short;
    return policy.execute((tryUntil) => client.request({ ...call, signal: tryUntil }), {
      retryable: call.method === 'GET',
      ...(signal && { signal }),
      ...(timeoutMs !== undefined && { timeoutMs }),
    });
  }

  state(): ResilientState {
    return this.#short.policy.state();
  }

  async close(): Promise<void> {
    await Promise.all([this.#short.client.close(), this.#long.client.close()]);
  }
}

interface Lane {
  readonly client: HttpClient;
  readonly policy: Resilient;
}

function openLane(name: string, baseUrl: string, connections: number): Lane {
  return {
    client: createHttpClient({ name, baseUrl, connections, headersTimeoutMs: 60_000, bodyTimeoutMs: 30_000 }),
    policy: resilient({
      name,
      timeoutMs: 5_000,
      retry: { attempts: 1, baseDelayMs: 20, maxDelayMs: 50, retryOn: isLostConnection },
      breaker: { window: 20, minimumCalls: 10, failureRatio: 0.5, halfOpenAfterMs: 1_000 },
      bulkhead: { concurrent: connections * 4, queue: 64 },
    }),
  };
}

/** A timeout is not tried again: the service is busy enough. */
const isLostConnection = (error: unknown): boolean =>
  error instanceof Error && 'kind' in error && error.kind === 'unavailable';
