import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { Metrics } from '@souk/observability';
import type { DeadLetters } from './dead-letters.js';
import type { ViewLag } from './freshness.js';

/** What of a consumer is told. */
export interface ConsumerFigures {
  readonly duplicates: number;
  readonly deadLetters: Pick<DeadLetters, 'count'>;
  lag(): ViewLag;
}

const EVERY_MS = 10_000;

/** Tells the metrics how a consumer keeps up. Dead letters are counted now and then; without the store the last count stays. */
export class ConsumerWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #consumer: ConsumerFigures;
  readonly #everyMs: number;
  #deadLetters = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param now ms since 1970 */
  constructor(metrics: Metrics, consumer: ConsumerFigures, everyMs = EVERY_MS, now = Date.now) {
    this.#consumer = consumer;
    this.#everyMs = everyMs;
    metrics.gauge(
      'souk_consumer_lag_messages',
      'Messages in the log that are not handled, of the partitions read here.',
      () => [...consumer.lag().messages].map(([topic, value]) => ({ labels: { topic }, value })),
    );
    metrics.gauge(
      'souk_consumer_lag_seconds',
      'How long ago everything that was in the log then is handled; none until this process has caught up once.',
      () => {
        const { asOf } = consumer.lag();
        return asOf === undefined ? [] : (now() - asOf.getTime()) / 1_000;
      },
    );
    metrics.counter(
      'souk_consumer_duplicates_total',
      'Deliveries dropped because their effect was there.',
      () => consumer.duplicates,
    );
    metrics.gauge('souk_dead_letters', 'Messages given up that wait for a person.', () => this.#deadLetters);
  }

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => this.#look(), this.#everyMs);
    this.#look();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    this.#consumer.deadLetters.count().then(
      (count) => (this.#deadLetters = count),
      () => undefined,
    );
  }
}
