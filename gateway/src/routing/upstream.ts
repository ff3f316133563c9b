import type { HttpRequest, HttpResponse } from '@souk/http';
import type { ResilientState } from '@souk/resilience';
import { healthOf, type Policies, type PolicyPair, SOCKETS } from '../resilience/policies.js';
import type { OutlierRule } from './instance-health.js';
import { Instances, type InstanceState } from './instances.js';

export interface UpstreamCall extends HttpRequest {
  /** Limit until the headers are there; default 5 000. */
  readonly timeoutMs?: number;
  /** A stream or long poll: holds its connection for long, on purpose. */
  readonly isLong?: boolean;
}

export interface UpstreamOptions {
  readonly urls: readonly string[];
  readonly outlier: OutlierRule;
  readonly policies: Pick<Policies, 'open' | 'close'>;
  /** Milliseconds that never go back. */
  readonly now: () => number;
}

/** One version of a service as the gateway sees it: its instances behind a circuit breaker; a lost GET is tried once more. */
export class Upstream {
  readonly #instances: Instances;
  readonly #policies: PolicyPair;
  readonly #closePolicies: () => void;
  readonly #idle = new Set<() => void>();
  #underWay = 0;

  constructor(name: string, { urls, outlier, policies, now }: UpstreamOptions) {
    this.#instances = new Instances({ name, urls, outlier, connections: SOCKETS, now });
    const pair = policies.open(name, urls);
    this.#policies = pair;
    this.#closePolicies = () => policies.close(pair);
  }

  async request(call: UpstreamCall): Promise<HttpResponse> {
    const { timeoutMs, signal } = call;
    const lane = call.isLong === true ? 'long' : 'short';
    this.#underWay += 1;
    try {
      return await this.#policies[lane].execute((tryUntil) => this.#instances.request(lane, call, signal, tryUntil), {
        retryable: call.method === 'GET',
        judge: healthOf,
        // Its socket is taken until then.
        whenOver: ({ body }, done) => body.whenOver(done),
        signal,
        timeoutMs,
      });
    } finally {
      this.#underWay -= 1;
      if (this.#underWay === 0) for (const tell of this.#idle) tell();
    }
  }

  state(): ResilientState {
    return this.#policies.short.state();
  }

  instances(): InstanceState[] {
    return this.#instances.states();
  }

  /** Resolves when every call under way has its answer, to the last byte; tries that are still to come find their connections. */
  async close(): Promise<void> {
    if (this.#underWay > 0) await new Promise<void>((resolve) => this.#idle.add(resolve));
    this.#closePolicies();
    await this.#instances.close();
  }
}
