import { Admin, compatibilityPartitioner, findErrorBy, ProduceAcks, Producer } from '@platformatic/kafka';
import {
  type ConsumerOptions,
  type KafkaConsumer,
  KafkaDriver,
  type KafkaDriverOptions,
  KafkaProducer,
  type ProducerRecord,
} from './kafka-port.js';
import { PlatformaticConsumer } from './platformatic-consumer.js';
import { GroupMember, retryDelay } from './platformatic-group.js';
import { isReachable } from './reachable.js';
import { type Complaint, sendInParts } from './refusals.js';

const REQUEST_MS = 10_000;

export class PlatformaticDriver extends KafkaDriver {
  readonly #options: KafkaDriverOptions;
  readonly #client: { clientId: string; bootstrapBrokers: string[]; connectTimeout: number; requestTimeout: number };

  constructor(options: KafkaDriverOptions) {
    super();
    this.#options = options;
    const { brokers, clientId } = options;
    this.#client = { clientId, bootstrapBrokers: [...brokers], connectTimeout: 2_000, requestTimeout: REQUEST_MS };
  }

  producer(): KafkaProducer {
    return new PlatformaticProducer(
      new Producer({
        ...this.#client,
        timeout: REQUEST_MS,
        retries: 5,
        retryDelay,
        // The same partition for a key as kafkajs and the Java client choose, or a change of driver would break its order.
        partitioner: compatibilityPartitioner,
      }),
    );
  }

  consumer(options: ConsumerOptions): KafkaConsumer {
    const { brokers, clientId, logger, maxWaitMs = 200 } = this.#options;
    const { groupId, topics } = options;
    return new PlatformaticConsumer(
      {
        log: logger,
        createMember: (hooks) => new GroupMember({ brokers, clientId, groupId, topics, maxWaitMs, ...hooks }),
        isReachable: () => isReachable(brokers),
      },
      options,
    );
  }

  async partitions(topics: readonly string[]): Promise<Map<string, number>> {
    const admin = new Admin({ ...this.#client, retries: 2, retryDelay });
    try {
      const metadata = await admin.metadata({ topics: [...topics] });
      return new Map(topics.map((topic) => [topic, metadata.topics.get(topic)?.partitionsCount ?? 0]));
    } finally {
      await admin.close();
    }
  }
}

class PlatformaticProducer extends KafkaProducer {
  readonly #producer: Producer;

  constructor(producer: Producer) {
    super();
    this.#producer = producer;
  }

  send(records: readonly ProducerRecord[]): Promise<void> {
    return sendInParts(records, (part) => this.#sendPart(part), complaintOf);
  }

  // Not the idempotent producer: it numbers the sends of a partition, and two at a time would confuse the numbers.
  async #sendPart(records: readonly ProducerRecord[]): Promise<void> {
    const messages = records.map(({ topic, key, headers, value }) => ({
      topic,
      key: Buffer.from(key),
      value: Buffer.from(value),
      headers: new Map(Object.entries(headers).map(([name, text]) => [Buffer.from(name), Buffer.from(text)])),
    }));
    await this.#producer.send({ messages, acks: ProduceAcks.ALL });
  }

  async close(): Promise<void> {
    await this.#producer.close();
  }
}

/** The client turns a topic that no broker knows into an error of its own, which names it. */
function complaintOf(error: unknown): Complaint | undefined {
  if (!(error instanceof Error)) return undefined;
  const topic = /^Unknown topic (\S+)\.$/.exec(error.message)?.[1];
  if (topic !== undefined) return { code: 'UNKNOWN_TOPIC_OR_PARTITION', topic };
  const apiId: unknown = Object(findErrorBy(error, 'code', 'PLT_KFK_PROTOCOL')).apiId;
  return typeof apiId === 'string' ? { code: apiId } : undefined;
}
