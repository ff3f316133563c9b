import type { RetryOptions } from 'kafkajs';
import {
  type ConsumerOptions,
  type KafkaConsumer,
  KafkaDriver,
  type KafkaDriverOptions,
  type KafkaProducer,
} from './kafka-port.js';
import { type KafkaJsClient, openKafkaJs, takeLeave } from './kafkajs-client.js';
import { KafkaJsConsumer } from './kafkajs-consumer.js';
import { KafkaJsProducer } from './kafkajs-producer.js';
import { mendKafkaJs } from './kafkajs-mended.js';
import { isReachable } from './reachable.js';

/** Requests of one connection queue up behind a fetch that is held: heartbeats and commits wait that long, in ms. */
const MAX_WAIT_MS = 200;
const RETRY: RetryOptions = { initialRetryTime: 50, maxRetryTime: 1_000, retries: 10 };
/** For consumers: one that gives up loses its membership, and the group waits until that has expired. */
const PATIENT: RetryOptions = { initialRetryTime: 50, maxRetryTime: 500, retries: 120 };

export class KafkaJsDriver extends KafkaDriver {
  readonly #options: KafkaDriverOptions;

  constructor(options: KafkaDriverOptions) {
    super();
    mendKafkaJs();
    this.#options = options;
  }

  producer(): KafkaProducer {
    return new KafkaJsProducer(openKafkaJs(this.#options, RETRY));
  }

  consumer(options: ConsumerOptions): KafkaConsumer {
    const { logger: log, brokers, maxWaitMs = MAX_WAIT_MS } = this.#options;
    const connect = () => openKafkaJs(this.#options, PATIENT);
    return new KafkaJsConsumer({ connect, log, maxWaitMs, isReachable: () => isReachable(brokers) }, options);
  }

  async partitions(topics: readonly string[]): Promise<Map<string, number>> {
    return partitionsBy(openKafkaJs(this.#options, RETRY), topics);
  }
}

/** Topic → number of its partitions; the client ends with the answer, whatever becomes of its goodbye. */
export async function partitionsBy(
  { kafka, end }: KafkaJsClient,
  topics: readonly string[],
): Promise<Map<string, number>> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    const metadata = await admin.fetchTopicMetadata({ topics: [...topics] });
    return new Map(metadata.topics.map((topic) => [topic.name, topic.partitions.length]));
  } finally {
    await takeLeave(admin);
    end();
  }
}
