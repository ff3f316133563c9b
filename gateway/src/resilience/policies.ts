import type { GatewaySettings } from '@souk/contracts';
import {
  type Circuit,
  exposeMetrics,
  type Fault,
  type Limits,
  type LogPort,
  logEvents,
  type MetricsPort,
  type PingOptions,
  type Places,
  resilient,
  type Resilient,
  type RetryRule,
} from '@souk/resilience';
import type { HealthCheck } from './readiness.js';

/** Short calls, and streams and long polls: those who wait must not take the places of those who work. */
export type Lane = 'short' | 'long';
export type PolicyPair = Readonly<Record<Lane, Resilient>>;

/** Other mechanisms than those of the library; each policy has its own. */
export interface Mechanisms {
  readonly circuit?: () => Circuit;
  readonly places?: () => Places;
  readonly retry?: () => RetryRule;
}
export interface LiveSettings {
  readonly value: GatewaySettings;
  onChange?(listener: (next: GatewaySettings) => void): void;
}
export interface PoliciesOptions {
  readonly settings: LiveSettings;
  readonly logger: LogPort;
  readonly mechanisms?: Mechanisms;
  /** Asked while a circuit is open; without it only trials tell. */
  readonly health?: (urls: readonly string[]) => HealthCheck;
}

/**
 * To one instance. Who waits must not take the connections of those who work, nor open the breaker for them. A call that has a place and
 * no socket would wait unseen in the client, and its limit would be taken for a fault of the service.
 */
export const SOCKETS: Readonly<Record<Lane, number>> = { short: 64, long: 1_024 };
const PING_MS = 500;

/** The policies of the services behind the gateway, two for each version; live settings change them while calls are under way. */
export class Policies {
  readonly #options: PoliciesOptions;
  readonly #pairs = new Map<PolicyPair, { readonly instances: number; readonly close: () => void }>();

  constructor(options: PoliciesOptions) {
    this.#options = options;
    options.settings.onChange?.((next) => {
      for (const [{ short, long }, { instances }] of this.#pairs) {
        short.tune(limitsOf(next, 'short', instances));
        long.tune(limitsOf(next, 'long', instances));
      }
    });
  }

  /** `name` of a version: `catalog`, `catalog v2`; `urls` of its instances. */
  open(name: string, urls: readonly string[] = []): PolicyPair {
    const id = name.replaceAll(' ', '-');
    const health = this.#options.health?.(urls);
    const closed = new AbortController();
    const ping = health && {
      ask: (signal: AbortSignal) => this.#ask(health, signal),
      everyMs: PING_MS,
      signal: closed.signal,
    };
    const instances = Math.max(1, urls.length);
    const policy = (name: string, lane: Lane) =>
      this.#policy(name, limitsOf(this.#options.settings.value, lane, instances), ping);
    const pair = { short: policy(id, 'short'), long: policy(`${id}-waiting`, 'long') };
    const close = (): void => {
      closed.abort();
      health
        ?.close()
        .catch((err: unknown) => this.#options.logger.warn({ err, policy: id }, 'a health check stays open'));
    };
    this.#pairs.set(pair, { instances, close });
    return pair;
  }

  /** Nobody calls through these any more, so an open circuit would stay open, and be asked about, for ever. */
  close(pair: PolicyPair): void {
    this.#pairs.get(pair)?.close();
    this.#pairs.delete(pair);
  }

  /** By name. Where a version drains that was replaced under its own name, the new one. */
  all(): Map<string, Resilient> {
    return new Map([...this.#pairs.keys()].flatMap(({ short, long }) => [short, long]).map((one) => [one.name, one]));
  }

  addTo(metrics: MetricsPort): void {
    exposeMetrics(metrics, () => [...this.all().values()].map((policy) => policy.state()));
  }

  #policy(name: string, limits: Limits, ping: PingOptions | undefined): Resilient {
    const { logger, mechanisms: { circuit, places, retry } = {} } = this.#options;
    return resilient({
      name,
      ...limits,
      onEvent: logEvents(logger),
      ...(ping && { ping }),
      mechanisms: {
        ...(circuit && { circuit: circuit() }),
        ...(places && { places: places() }),
        ...(retry && { retry: retry() }),
      },
    });
  }

  async #ask(health: HealthCheck, signal: AbortSignal): Promise<unknown> {
    if (!this.#options.settings.value.breakerPing) throw new Error('nobody is asked: breakerPing is off');
    return health.ask(signal);
  }
}

/**
 * What an answer says about the health of a service. 500 is a fault of one route, no reason to spare the others; a Retry-After is left
 * to the caller, because a service speaks of the store or shard behind one request when it asks for a pause, not of itself.
 */
export const healthOf = ({ status }: { readonly status: number }): Fault | undefined =>
  status >= 502 && status <= 504 ? BUSY : undefined;

const BUSY: Fault = { kind: 'busy' };

const limitsOf = (settings: GatewaySettings, lane: Lane, instances: number): Limits => ({
  timeoutMs: settings.upstreamTimeoutMs,
  retry: {
    attempts: 1,
    baseDelayMs: 20,
    maxDelayMs: 50,
    budgetPercent: settings.retryBudgetPercent,
    // A timeout is not tried again: the service is busy enough.
    retryOn: (_error, { kind }) => kind === 'unreachable' || kind === 'reset',
  },
  breaker: {
    failureRatio: settings.breakerFailurePercent / 100,
    windowMs: settings.breakerWindowMs,
    minimumCalls: settings.breakerMinimumCalls,
    openMs: settings.breakerOpenMs,
    maxOpenMs: settings.breakerMaxOpenMs,
  },
  bulkhead: {
    concurrent: Math.min(lane === 'short' ? settings.bulkheadPlaces : Infinity, instances * SOCKETS[lane]),
    queue: settings.bulkheadQueue,
  },
});
