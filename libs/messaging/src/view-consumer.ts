/** Pattern: Materialized View, its consumer: no inbox and no parked keys, because a view knows the version it holds (docs/adr/0014). */
import { isObservable, lastValueFrom } from 'rxjs';
import { growingPauses } from './consumer-mechanics.js';
import { ConsumerStrategy } from './consumer-strategy.js';
import type { Failure } from './dead-letter.js';
import { sendCopy } from './dead-letter-copy.js';
import type { DeadLetterStore } from './dead-letter-store.js';
import type { DeadLetters } from './dead-letters.js';
import { decodeKnown, type Delivery, isTransient, type MessageSchemas } from '@souk/outbox';
import { Freshness, type ViewLag } from './freshness.js';
import type { KafkaConsumer, KafkaDriver, KafkaProducer, KafkaRecord } from '@souk/kafka';
import { type KeyAttributes, processed } from './message-spans.js';
import { RecordHost, type RecordHostOptions } from './record-host.js';
import { letterOf, ViewDeadLetters } from './view-dead-letters.js';

/** Views lag by this at most, in ms; without it every event is a write of its own as soon as it comes. */
const GATHER_MS = 150;
/** Records that are applied with one call: what a handler holds in memory. */
const MAX_RECORDS = 500;

export interface ViewConsumerOptions extends Omit<RecordHostOptions, 'retry'> {
  readonly driver: KafkaDriver;
  /** Sends the dead letters; closed by whoever made it. */
  readonly producer: Pick<KafkaProducer, 'send'>;
  readonly topics: readonly { readonly name: string; readonly messages: MessageSchemas }[];
  readonly groupId: string;
  readonly deadLetterTopic: string;
  /** Keeps the dead letters, so that people can replay them. */
  readonly letters: DeadLetterStore;
  /** Pauses between the attempts of one message, in ms; its length + 1 is the number of attempts. */
  readonly backoffMs?: readonly number[];
  readonly keyAttributes?: KeyAttributes;
  /** Told when records were gone from the log before this group read them: the view must be built from its source. */
  readonly onGap?: (topic: string) => void;
}

interface Handler {
  readonly schemas: MessageSchemas;
  readonly handle: (deliveries: Delivery[]) => Promise<void>;
}

const isOutage = (error: unknown): boolean =>
  isTransient(error) || (error instanceof Error && 'kind' in error && error.kind === 'unavailable');

/**
 * Hangs `@EventPattern(topic)` methods on the topics of a view: called as `handle(deliveries)`, offsets are committed only after
 * they resolved. Deliveries come at least once, so a handler writes what is newer than what it finds and nothing else. While the
 * store is away (`kind: 'unavailable'`) it waits without limit; another failure costs its message alone, after five attempts.
 */
export class ViewConsumerStrategy extends ConsumerStrategy {
  override readonly propagatesEventHandlerErrors = true;
  readonly deadLetters: DeadLetters;
  /** Views have no inbox: what is not newer writes nothing, and nobody counts it. */
  readonly duplicates = 0;
  readonly #options: ViewConsumerOptions;
  readonly #host: RecordHost;
  readonly #freshness = new Freshness(
    () => this.#consumer?.progress() ?? { readThrough: undefined, behind: new Map() },
  );
  #handlers: ReadonlyMap<string, Handler> = new Map();
  #consumer: KafkaConsumer | undefined;

  constructor(options: ViewConsumerOptions) {
    super();
    this.#options = options;
    this.#host = new RecordHost(
      {
        apply: (records) => this.#apply(records),
        bury: (record, failure) => this.#bury(record, failure),
        isOutage,
      },
      { maxRecords: MAX_RECORDS, ...options, retry: growingPauses(options.backoffMs) },
    );
    const apply = (record: KafkaRecord): Promise<void> => this.#apply([record]);
    this.deadLetters = new ViewDeadLetters({ store: options.letters, apply, isOutage });
  }

  listen(callback: (error?: unknown) => void): void {
    const { driver, topics, groupId, onGap } = this.#options;
    this.#handlers = new Map(
      topics.map(({ name, messages }) => [name, { schemas: messages, handle: this.#handlerOf(name) }]),
    );
    this.#consumer = driver.consumer({
      groupId,
      gatherMs: GATHER_MS,
      topics: topics.map((topic) => topic.name),
      onBatch: (records) => this.#freshness.during(records, () => this.#host.handle(records)),
      ...(onGap && { onGap }),
    });
    this.#consumer.start().then(() => callback(), callback);
  }

  async close(): Promise<void> {
    // First: the client goes on handing over until it has stopped, and the host refuses that.
    this.#freshness.freeze();
    await this.#host.stop();
    await this.#consumer?.stop();
  }

  isLive(): boolean {
    return this.#consumer?.isLive() ?? false;
  }

  /** Of the partitions that this process reads. */
  lag(): ViewLag {
    return this.#freshness.lag(this.#options.topics.map((topic) => topic.name));
  }

  async #apply(records: readonly KafkaRecord[]): Promise<void> {
    const known = decodeKnown(records, this.#handlers).map(({ delivery }) => delivery);
    if (known.length === 0) return;
    await processed(known, this.#options.keyAttributes ?? {}, async (deliveries) => {
      const byTopic = Map.groupBy(deliveries, (delivery) => delivery.topic);
      for (const [topic, group] of byTopic) await this.#handlers.get(topic)?.handle(group);
    });
  }

  /** First where it can be replayed from; both are repeated until both have it, or the broker never will. */
  async #bury(record: KafkaRecord, failure: Failure): Promise<void> {
    const { producer, letters, deadLetterTopic, logger } = this.#options;
    await letters.put(letterOf(record, failure));
    await sendCopy({ producer, topic: deadLetterTopic, logger }, record, failure);
  }

  #handlerOf(topic: string): Handler['handle'] {
    const handler = this.getHandlerByPattern(topic);
    if (handler === null) throw new Error(`no @EventPattern handler for topic ${topic}`);
    return async (deliveries) => {
      const result: unknown = await handler(deliveries);
      if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
    };
  }

  on(): never {
    throw new Error('ViewConsumerStrategy has no transport events');
  }

  unwrap<T>(): T {
    throw new Error('ViewConsumerStrategy does not expose its Kafka client');
  }
}
