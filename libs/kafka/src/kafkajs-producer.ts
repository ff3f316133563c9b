import { setTimeout as delay } from 'node:timers/promises';
import kafkajs, { type Producer } from 'kafkajs';
import { KafkaProducer, type ProducerRecord } from './kafka-port.js';
import type { KafkaJsClient } from './kafkajs-client.js';
import { type Complaint, sendInParts } from './refusals.js';

const UNKNOWN_TOPIC = 'UNKNOWN_TOPIC_OR_PARTITION';
/** A broker that has just started, or a topic that has just been created, is not known everywhere at once; ms. */
const PAUSES = [100, 300, 600, 1_000];
const LAST_ANSWERS_MS = 10_000;

class MissingTopic extends Error {
  readonly type = UNKNOWN_TOPIC;
  constructor(readonly topic: string) {
    super(`there is no topic ${topic}`);
  }
}

export class KafkaJsProducer extends KafkaProducer {
  readonly #client: KafkaJsClient;
  /** Topic → whether it has been found to be there: looked up once, however many send at the same time. */
  readonly #seen = new Map<string, Promise<void>>();
  #producer: Producer;
  #connected: Promise<void> | undefined;

  constructor(client: KafkaJsClient) {
    super();
    this.#client = client;
    this.#producer = producerOf(client);
  }

  async send(records: readonly ProducerRecord[]): Promise<void> {
    await sendInParts(records, (part) => this.#sendPart(part), complaintOf);
  }

  async #sendPart(records: readonly ProducerRecord[]): Promise<void> {
    await this.#expectTopics(records);
    try {
      await this.#trySend(records);
    } catch (error) {
      if (complaintOf(error)?.code !== UNKNOWN_TOPIC) throw error;
      this.#renew();
      await this.#expectTopics(records);
      await this.#trySend(records);
    }
  }

  /** Sees to it that all topics are there before any is sent to. @throws with the name of the one that is not */
  async #expectTopics(records: readonly ProducerRecord[]): Promise<void> {
    for (const topic of new Set(records.map((record) => record.topic))) {
      let found = this.#seen.get(topic);
      if (!found) {
        found = this.#find(topic);
        this.#seen.set(topic, found);
        found.catch(() => this.#seen.delete(topic));
      }
      await found;
    }
  }

  async #find(topic: string): Promise<void> {
    for (let tries = 0; await this.#isMissing(topic); tries++) {
      const pause = PAUSES[tries];
      if (pause === undefined) throw new MissingTopic(topic);
      await delay(pause);
    }
  }

  async #trySend(records: readonly ProducerRecord[]): Promise<void> {
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

  /** kafkajs asks for all topics it ever sent to, and one that is gone fails every send after it; a new producer has forgotten. */
  #renew(): void {
    const poisoned = this.#producer;
    this.#producer = producerOf(this.#client);
    this.#connected = undefined;
    this.#seen.clear();
    setTimeout(() => void poisoned.disconnect().catch(() => undefined), LAST_ANSWERS_MS).unref();
  }

  async #isMissing(topic: string): Promise<boolean> {
    const admin = this.#client.kafka.admin();
    try {
      await admin.connect();
      await admin.fetchTopicMetadata({ topics: [topic] });
      return false;
    } catch (error) {
      if (complaintOf(error)?.code === UNKNOWN_TOPIC) return true;
      throw error;
    } finally {
      await admin.disconnect();
    }
  }

  async close(): Promise<void> {
    try {
      // Waits for the answers to what is on its way.
      await this.#producer.disconnect();
    } finally {
      this.#client.end();
    }
  }
}

const producerOf = ({ kafka }: KafkaJsClient): Producer =>
  kafka.producer({ allowAutoTopicCreation: false, createPartitioner: kafkajs.Partitioners.DefaultPartitioner });

/** kafkajs wraps the broker's error once for every layer that gave up. */
function complaintOf(error: unknown): Complaint | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { type, topic }: { type?: unknown; topic?: unknown } = Object(cause);
    if (typeof type === 'string') return { code: type, ...(typeof topic === 'string' && { topic }) };
  }
  return undefined;
}
