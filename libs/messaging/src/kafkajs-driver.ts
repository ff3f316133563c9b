import { setTimeout as delay } from 'node:timers/promises';
import kafkajs, { type Consumer, type Kafka, type KafkaMessage, type Producer } from 'kafkajs';
import type { Logger } from '@souk/observability';
import {
  type ConsumerOptions,
  KafkaConsumer,
  KafkaDriver,
  KafkaProducer,
  type KafkaRecord,
  type ProducerRecord,
} from './kafka-port.js';

type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

export interface KafkaJsOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly logger: Log;
  /**
   * How long the broker may hold an empty fetch, in ms. kafkajs leaves a partition out of the fetch under way while it is
   * processed, so a message that arrives then waits that long: milliseconds, not kafkajs's default of 5 s.
   */
  readonly maxWaitMs?: number;
}

/** A consumer that has not fetched for this long is rebuilt (tulios/kafkajs#1445: it can stop without a word). */
const SILENT_MS = 15_000;
const REBUILD_DELAY_MS = 500;

/** kafkajs 2.2.4 hands setTimeout a negative delay on Node 24 (tulios/kafkajs#1751): harmless, once per process, noise. */
export function muteTimeoutWarning(target: Pick<NodeJS.Process, 'emitWarning'> = process): void {
  const emit = target.emitWarning.bind(target) as (...args: unknown[]) => void;
  target.emitWarning = (...args: unknown[]): void => {
    if (args[1] !== 'TimeoutNegativeWarning') emit(...args);
  };
}

let warningMuted = false;

export class KafkaJsDriver extends KafkaDriver {
  readonly #kafka: Kafka;
  readonly #options: KafkaJsOptions;

  constructor(options: KafkaJsOptions) {
    super();
    if (!warningMuted) muteTimeoutWarning();
    warningMuted = true;
    this.#options = options;
    this.#kafka = new kafkajs.Kafka({
      clientId: options.clientId,
      brokers: [...options.brokers],
      connectionTimeout: 2_000,
      requestTimeout: 10_000,
      retry: { initialRetryTime: 50, maxRetryTime: 1_000, retries: 10 },
      logLevel: kafkajs.logLevel.WARN,
      logCreator: () => (entry) => {
        const { message, ...detail } = entry.log;
        options.logger.debug({ kafkajs: { namespace: entry.namespace, error: detail['error'] } }, message);
      },
    });
  }

  producer(): KafkaProducer {
    return new KafkaJsProducer(
      this.#kafka.producer({
        allowAutoTopicCreation: false,
        createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      }),
    );
  }

  consumer(options: ConsumerOptions): KafkaConsumer {
    return new KafkaJsConsumer(this.#kafka, options, this.#options.logger, this.#options.maxWaitMs ?? 10);
  }

  async partitions(topics: readonly string[]): Promise<Map<string, number>> {
    const admin = this.#kafka.admin();
    try {
      await admin.connect();
      const metadata = await admin.fetchTopicMetadata({ topics: [...topics] });
      return new Map(metadata.topics.map((topic) => [topic.name, topic.partitions.length]));
    } finally {
      await admin.disconnect();
    }
  }
}

class KafkaJsProducer extends KafkaProducer {
  readonly #producer: Producer;
  #connected: Promise<void> | undefined;

  constructor(producer: Producer) {
    super();
    this.#producer = producer;
  }

  async send(records: readonly ProducerRecord[]): Promise<void> {
    this.#connected ??= this.#producer.connect();
    try {
      await this.#connected;
    } catch (error) {
      this.#connected = undefined;
      throw error;
    }
    const byTopic = Map.groupBy(records, (record) => record.topic);
    await this.#producer.sendBatch({
      acks: -1,
      topicMessages: [...byTopic].map(([topic, messages]) => ({
        topic,
        messages: messages.map(({ key, headers, value }) => ({ key, headers: { ...headers }, value })),
      })),
    });
  }

  async close(): Promise<void> {
    await this.#producer.disconnect();
  }
}

function toRecord(topic: string, partition: number, message: KafkaMessage): KafkaRecord {
  const headers = Object.entries(message.headers ?? {}).map(([name, value]) => [
    name,
    String(Array.isArray(value) ? value[0] : value),
  ]);
  return {
    topic,
    partition,
    offset: message.offset,
    key: message.key?.toString() ?? '',
    headers: Object.fromEntries(headers) as Record<string, string>,
    value: message.value,
  };
}

class KafkaJsConsumer extends KafkaConsumer {
  readonly #kafka: Kafka;
  readonly #options: ConsumerOptions;
  readonly #log: Log;
  readonly #maxWaitMs: number;
  #consumer: Consumer | undefined;
  #watchdog: NodeJS.Timeout | undefined;
  #stopping = false;
  #rebuilding = false;
  #joined = false;
  #lastFetch = 0;

  constructor(kafka: Kafka, options: ConsumerOptions, log: Log, maxWaitMs: number) {
    super();
    this.#kafka = kafka;
    this.#options = options;
    this.#log = log;
    this.#maxWaitMs = maxWaitMs;
  }

  /** Returns at once; the client connects, and reconnects, in the background until stop(). */
  async start(): Promise<void> {
    this.#watchdog = setInterval(() => {
      if (Date.now() - this.#lastFetch > SILENT_MS) this.#rebuild('silent');
    }, 1_000);
    this.#rebuild('start');
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#watchdog);
    await this.#consumer?.disconnect();
  }

  isLive(): boolean {
    return this.#joined && Date.now() - this.#lastFetch < SILENT_MS;
  }

  #rebuild(reason: string): void {
    if (this.#stopping || this.#rebuilding) return;
    this.#rebuilding = true;
    this.#lastFetch = Date.now();
    this.#log.info({ groupId: this.#options.groupId, reason }, 'building the Kafka consumer');
    void this.#open()
      .catch((error: unknown) => {
        this.#log.warn({ err: error }, 'the Kafka consumer could not be started, trying again');
        setTimeout(() => this.#rebuild('retry'), REBUILD_DELAY_MS);
      })
      .finally(() => {
        this.#rebuilding = false;
      });
  }

  async #open(): Promise<void> {
    this.#joined = false;
    const previous = this.#consumer;
    const consumer = this.#kafka.consumer({
      groupId: this.#options.groupId,
      sessionTimeout: 6_000,
      heartbeatInterval: 500,
      rebalanceTimeout: 10_000,
      maxWaitTimeInMs: this.#maxWaitMs,
      allowAutoTopicCreation: false,
    });
    this.#consumer = consumer;
    // A client that fell silent may never answer its own disconnect.
    if (previous) await Promise.race([previous.disconnect().catch(() => undefined), delay(2_000)]);
    this.#observe(consumer);
    await consumer.connect();
    await consumer.subscribe({ topics: [...this.#options.topics], fromBeginning: true });
    await consumer.run({
      autoCommitInterval: 500,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 64,
      eachBatch: async ({ batch, resolveOffset, heartbeat }) => {
        // A batch may wait for the store longer than the session lasts; heartbeats go out meanwhile.
        const beat = setInterval(() => void heartbeat().catch(() => undefined), 1_500);
        try {
          await this.#options.onBatch(batch.messages.map((message) => toRecord(batch.topic, batch.partition, message)));
          resolveOffset(batch.lastOffset());
        } finally {
          clearInterval(beat);
        }
        await heartbeat();
      },
    });
  }

  #observe(consumer: Consumer): void {
    const current = (): boolean => consumer === this.#consumer;
    consumer.on(consumer.events.GROUP_JOIN, () => {
      if (!current()) return;
      this.#joined = true;
      this.#lastFetch = Date.now();
    });
    consumer.on(consumer.events.FETCH, () => {
      if (current()) this.#lastFetch = Date.now();
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!current()) return;
      this.#joined = false;
      this.#log.warn({ err: payload.error, restarts: payload.restart }, 'the Kafka consumer crashed');
      // kafkajs restarts itself only after retriable errors; everything else is ours to mend.
      if (!payload.restart) setTimeout(() => this.#rebuild('crash'), REBUILD_DELAY_MS);
    });
  }
}
