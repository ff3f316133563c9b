import kafkajs, { type Kafka, type RetryOptions } from 'kafkajs';
import {
  type ConsumerOptions,
  type KafkaConsumer,
  KafkaDriver,
  type KafkaDriverOptions,
  type KafkaProducer,
} from './kafka-port.js';
import { KafkaJsConsumer } from './kafkajs-consumer.js';
import { KafkaJsProducer } from './kafkajs-producer.js';
import { mendKafkaJs } from './kafkajs-mended.js';
import { isReachable } from './reachable.js';

/** Requests of one connection queue up behind a fetch that is held: heartbeats and commits wait that long, in ms. */
const MAX_WAIT_MS = 200;

export class KafkaJsDriver extends KafkaDriver {
  readonly #kafka: Kafka;
  /** For consumers: one that gives up loses its membership, and the group waits until that has expired. */
  readonly #patient: Kafka;
  readonly #options: KafkaDriverOptions;

  constructor(options: KafkaDriverOptions) {
    super();
    mendKafkaJs();
    this.#options = options;
    this.#kafka = clientOf(options, { initialRetryTime: 50, maxRetryTime: 1_000, retries: 10 });
    this.#patient = clientOf(options, { initialRetryTime: 50, maxRetryTime: 500, retries: 120 });
  }

  producer(): KafkaProducer {
    return new KafkaJsProducer(this.#kafka);
  }

  consumer(options: ConsumerOptions): KafkaConsumer {
    const { logger: log, brokers, maxWaitMs = MAX_WAIT_MS } = this.#options;
    return new KafkaJsConsumer(
      { kafka: this.#patient, log, maxWaitMs, isReachable: () => isReachable(brokers) },
      options,
    );
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

function clientOf({ brokers, clientId, logger }: KafkaDriverOptions, retry: RetryOptions): Kafka {
  return new kafkajs.Kafka({
    clientId,
    brokers: [...brokers],
    connectionTimeout: 2_000,
    requestTimeout: 10_000,
    retry,
    logLevel: kafkajs.logLevel.WARN,
    logCreator: () => (entry) => {
      const { message, ...detail } = entry.log;
      logger.debug({ kafkajs: { namespace: entry.namespace, error: detail['error'] } }, message);
    },
  });
}
