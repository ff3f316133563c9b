import { createHttpClient, type HttpClient, type HttpRequest, type HttpResponse } from '@souk/http';
import type { Lane } from '../resilience/policies.js';
import { InstanceHealth, type OutlierRule } from './instance-health.js';
import { LONGEST_ANSWER_MS } from './waiting.js';

interface Instance {
  readonly url: string;
  readonly clients: Readonly<Record<Lane, HttpClient>>;
  readonly health: InstanceHealth;
  inFlight: number;
}

export interface InstanceState {
  readonly url: string;
  readonly isOut: boolean;
  readonly inFlight: number;
}

export interface InstancesOptions {
  readonly name: string;
  readonly urls: readonly string[];
  readonly outlier: OutlierRule;
  readonly connections: Readonly<Record<Lane, number>>;
  /** Milliseconds that never go back. */
  readonly now: () => number;
}

/**
 * The processes that answer for one version of a service. Each call goes to the one with the fewest under way; one that keeps
 * failing is left out for a while, but never more than half of them: the last one is the circuit breaker's business.
 */
export class Instances {
  readonly #instances: readonly Instance[];
  readonly #now: () => number;
  #turn = 0;

  constructor({ name, urls, outlier, connections, now }: InstancesOptions) {
    const client = (baseUrl: string, lane: Lane): HttpClient =>
      createHttpClient({
        name,
        baseUrl,
        connections: connections[lane],
        // Of a call that nobody limits any more.
        headersTimeoutMs: LONGEST_ANSWER_MS,
        bodyTimeoutMs: 30_000,
      });
    this.#instances = urls.map((url) => ({
      url,
      clients: { short: client(url, 'short'), long: client(url, 'long') },
      health: new InstanceHealth(outlier),
      inFlight: 0,
    }));
    this.#now = now;
  }

  /** `caller` is aborted when nobody waits any more, which is no fault of the instance; `tryUntil` goes before the signal of the call. */
  request(lane: Lane, call: HttpRequest, caller?: AbortSignal, tryUntil?: AbortSignal): Promise<HttpResponse> {
    const [only] = this.#instances;
    // Nobody to compare with.
    if (this.#instances.length === 1 && only !== undefined) return only.clients[lane].request(call, tryUntil);
    return this.#oneOfThem(lane, call, caller, tryUntil);
  }

  async #oneOfThem(
    lane: Lane,
    call: HttpRequest,
    caller: AbortSignal | undefined,
    tryUntil: AbortSignal | undefined,
  ): Promise<HttpResponse> {
    const tried: Instance[] = [];
    for (;;) {
      const instance = this.#pick(tried);
      tried.push(instance);
      try {
        return await this.#ask(instance, lane, call, tryUntil);
      } catch (error) {
        if (!caller?.aborted) this.#failed(instance);
        // It never heard of the call, so another one may, whatever the method.
        if (!isUnheard(error) || tried.length === this.#instances.length) throw error;
      }
    }
  }

  states(): InstanceState[] {
    const now = this.#now();
    return this.#instances.map(({ url, health, inFlight }) => ({ url, isOut: health.isOut(now), inFlight }));
  }

  async close(): Promise<void> {
    await Promise.all(this.#instances.flatMap(({ clients }) => [clients.short.close(), clients.long.close()]));
  }

  async #ask(instance: Instance, lane: Lane, call: HttpRequest, tryUntil?: AbortSignal): Promise<HttpResponse> {
    const client = instance.clients[lane];
    instance.inFlight += 1;
    const done = (): void => void (instance.inFlight -= 1);
    try {
      const answer = await client.request(call, tryUntil);
      if (answer.status >= 500) this.#failed(instance);
      answer.body.whenOver(done);
      return answer;
    } catch (error) {
      done();
      throw error;
    }
  }

  /** The fewest under way; among equals in turn. One that was tried already comes last, one that is out before it. */
  #pick(tried: readonly Instance[]): Instance {
    const [first] = this.#instances;
    const count = this.#instances.length;
    if (first === undefined) throw new Error('a service has at least one instance');
    const now = this.#now();
    this.#turn = (this.#turn + 1) % count;
    const burden = (one: Instance): number =>
      one.inFlight + (one.health.isOut(now) ? 1e6 : 0) + (tried.includes(one) ? 1e9 : 0);
    let best = this.#instances[this.#turn] ?? first;
    for (let step = 1; step < count; step++) {
      const one = this.#instances[(this.#turn + step) % count] ?? first;
      if (burden(one) < burden(best)) best = one;
    }
    return best;
  }

  #failed(instance: Instance): void {
    const now = this.#now();
    if (!instance.health.failed(now) || instance.health.isOut(now)) return;
    const out = this.#instances.filter(({ health }) => health.isOut(now)).length;
    if (out + 1 <= this.#instances.length / 2) instance.health.takeOut(now);
  }
}

const UNHEARD: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Whether the other side never got the call: there was no connection. */
export function isUnheard(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return typeof cause === 'object' && cause !== null && 'code' in cause && UNHEARD.has(cause.code);
}
