import type { OnApplicationShutdown } from '@nestjs/common';
import { type KafkaProducer, type ProducerRecord } from '@souk/kafka';
import { encodeHeaders, type OutgoingMessage } from '@souk/outbox';
import { type Metrics, runInContext } from '@souk/observability';
import { ActivitySink } from './activity-sink.js';

const SOURCE = '/souk/gateway';
const CAPACITY = 2_000;
const BATCH = 500;
const FLUSH_MS = 2_000;

/** How long the first event waits for others, and how long after a failure the broker is left alone; ms. */
export interface Pace {
  readonly lingerMs: number;
  readonly retryMs: number;
}
const PACE: Pace = { lingerMs: 100, retryMs: 1_000 };

/**
 * Publishes behind the requests' back: they only put a message into a bounded buffer. With the broker away the oldest are
 * dropped and counted; activity is worth less than an answer. A batch that failed is sent again, so it may arrive twice, with
 * the same ids.
 */
export class ActivityOutbox extends ActivitySink implements OnApplicationShutdown {
  readonly #producer: Pick<KafkaProducer, 'send' | 'close'>;
  readonly #pace: Pace;
  #waiting: ProducerRecord[] = [];
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #isClosed = false;
  readonly #counts = { published: 0, dropped: 0 };

  constructor(producer: Pick<KafkaProducer, 'send' | 'close'>, metrics: Metrics, pace = PACE) {
    super();
    this.#pace = pace;
    this.#producer = producer;
    metrics.counter('souk_activity_events_total', 'Activity events, by what became of them.', () =>
      Object.entries(this.#counts).map(([outcome, value]) => ({ labels: { outcome }, value })),
    );
    metrics.gauge('souk_activity_waiting', 'Activity events that are not published yet.', () => this.#waiting.length);
  }

  override readonly add = ({ topic, ...message }: OutgoingMessage): void => {
    const headers = encodeHeaders(SOURCE, { topic, ...message });
    this.#waiting.push({ topic: topic.name, key: message.key, headers, value: JSON.stringify(message.data) });
    this.#dropOldest();
    this.#schedule(this.#pace.lingerMs);
  };

  async onApplicationShutdown(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    const limit = new Promise<void>((resolve) => setTimeout(resolve, FLUSH_MS).unref());
    await Promise.race([this.#flush(), limit]);
    this.#counts.dropped += this.#waiting.length;
    this.#waiting = [];
    await Promise.race([this.#producer.close().catch(() => undefined), limit]);
  }

  async #flush(): Promise<void> {
    await this.#sending;
    while (this.#waiting.length > 0 && (await this.#sendOne()));
  }

  #schedule(ms: number): void {
    if (this.#timer !== undefined || this.#sending !== undefined || this.#isClosed) return;
    // Outside of the request that happens to be the first: the batch is no part of its trace.
    this.#timer = runInContext(undefined, () => setTimeout(() => this.#begin(), ms));
    this.#timer.unref();
  }

  #begin(): void {
    this.#timer = undefined;
    this.#sending = this.#sendOne().then((sent) => {
      this.#sending = undefined;
      if (this.#waiting.length > 0) this.#schedule(sent ? 0 : this.#pace.retryMs);
    });
  }

  /** Whether the broker took it. */
  async #sendOne(): Promise<boolean> {
    const batch = this.#waiting.splice(0, BATCH);
    try {
      await this.#producer.send(batch);
      this.#counts.published += batch.length;
      return true;
    } catch {
      this.#waiting = [...batch, ...this.#waiting];
      this.#dropOldest();
      return false;
    }
  }

  #dropOldest(): void {
    const surplus = this.#waiting.length - CAPACITY;
    if (surplus <= 0) return;
    this.#waiting.splice(0, surplus);
    this.#counts.dropped += surplus;
  }
}
