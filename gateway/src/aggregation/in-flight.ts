import { CodedError } from '@souk/http';
import type { Metrics } from '@souk/observability';
import { Bulkhead } from '@souk/resilience';

/** Pattern: Bulkhead. What the gateway puts together at a time: each of it holds memory for as long as its slowest service takes. */
export class InFlight {
  readonly #places: Bulkhead;
  readonly #limit: () => number;
  readonly #what: string;
  #refused = 0;

  /** `limit` may change at any time. */
  constructor(what: string, metrics: Metrics, limit: () => number) {
    this.#places = new Bulkhead(what, { concurrent: limit() });
    this.#limit = limit;
    this.#what = what;
    metrics.gauge(`souk_${what}_in_flight`, `How many ${what} are put together now.`, () => this.#places.inUse);
    metrics.counter(`souk_${what}_refused_total`, `How many ${what} found no place.`, () => this.#refused);
  }

  /** @throws CodedError 503 `aggregation-busy` at once when there is no place */
  async within<T>(work: () => Promise<T>): Promise<T> {
    this.#places.resize({ concurrent: this.#limit() });
    if (!this.#places.tryEnter()) {
      this.#refused += 1;
      const message = `Too many ${this.#what} are under way; try again in a moment.`;
      throw new CodedError('unavailable', 'aggregation-busy', message, { retryAfterSeconds: 1 });
    }
    try {
      return await work();
    } finally {
      this.#places.leave();
    }
  }
}

export class AggregationLimits {
  readonly pages: InFlight;
  readonly batches: InFlight;

  constructor(
    metrics: Metrics,
    settings: { readonly value: { readonly pagesInFlight: number; readonly batchesInFlight: number } },
  ) {
    this.pages = new InFlight('pages', metrics, () => settings.value.pagesInFlight);
    this.batches = new InFlight('batches', metrics, () => settings.value.batchesInFlight);
  }
}
