import kafkajs, { type Kafka, type Producer } from 'kafkajs';
import type { Logger } from '@souk/observability';
import {
  type ConsumerOptions,
  type KafkaConsumer,
  KafkaDriver,
  KafkaProducer,
  type ProducerRecord,
  withinBytes,
} from './kafka-port.js';
import { KafkaJsConsumer } from './kafkajs-consumer.js';

type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

export interface KafkaJsOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly logger: Log;
  /**
   * How long the broker may hold an empty fetch, in ms. It answers at once when there is a message; but requests of one
   * connection queue up behind a fetch that is held, so heartbeats and commits wait that long.
   */
  readonly maxWaitMs?: number;
}

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
    return new KafkaJsConsumer(this.#kafka, options, this.#options.logger, this.#options.maxWaitMs ?? 200);
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
    for (const part of withinBytes(records)) await this.#sendPart(part);
  }

  async #sendPart(records: readonly ProducerRecord[]): Promise<void> {
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
