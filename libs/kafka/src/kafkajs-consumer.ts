import { setTimeout as delay } from 'node:timers/promises';
import type { Consumer, EachBatchPayload, KafkaMessage } from 'kafkajs';
import type { Logger } from '@souk/observability';
import type { ReadProgress } from './kafka-port.js';
import { type ConsumerOptions, KafkaConsumer, type KafkaRecord } from './kafka-port.js';
import { COMMIT_MS, CommitTurn } from './commit-turn.js';
import { DISCONNECT_MS, type KafkaJsClient, takeLeave } from './kafkajs-client.js';
import { topicsWithGaps } from './kafkajs-gaps.js';
import { HandOver } from './hand-over.js';
import { FetchProgress } from './read-progress.js';
import { Rebuilder, SILENT_MS } from './rebuilder.js';

const COMMIT_EVERY_MS = 500;
/** Effects under way may take this long before a stop goes on without them. */
const DRAIN_MS = 2_000;

function toRecord(topic: string, partition: number, message: KafkaMessage): KafkaRecord {
  const headers = Object.entries(message.headers ?? {}).map(([name, value]): [string, string] => [
    name,
    String(Array.isArray(value) ? value[0] : value),
  ]);
  return {
    topic,
    partition,
    offset: message.offset,
    key: message.key?.toString() ?? '',
    headers: Object.fromEntries(headers),
    value: message.value,
  };
}

export interface KafkaJsConsumerParts {
  readonly connect: () => KafkaJsClient;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly maxWaitMs: number;
  readonly isReachable: () => Promise<boolean>;
}

/**
 * kafkajs fetches again only when every batch of the last fetch is processed, and commits after each. So batches are handed
 * over without waiting for their effects: the next fetch goes out at once and the broker answers it with the next message,
 * which lets it hold empty fetches for long. What may be committed is tracked and committed twice a second.
 */
export class KafkaJsConsumer extends KafkaConsumer {
  readonly #connect: () => KafkaJsClient;
  readonly #options: ConsumerOptions;
  readonly #log: Pick<Logger, 'info' | 'warn'>;
  readonly #maxWaitMs: number;
  readonly #client: Rebuilder;
  readonly #handOver: HandOver;
  readonly #progress = new FetchProgress();
  readonly #commits = new CommitTurn(() => this.#commit());
  #connection: KafkaJsClient | undefined;
  #consumer: Consumer | undefined;
  #timer: NodeJS.Timeout | undefined;
  #joined = false;

  constructor({ connect, log, maxWaitMs, isReachable }: KafkaJsConsumerParts, options: ConsumerOptions) {
    super();
    this.#connect = connect;
    this.#options = options;
    this.#log = log;
    this.#maxWaitMs = maxWaitMs;
    this.#client = new Rebuilder({ groupId: options.groupId, open: () => this.#open(), isReachable, log });
    this.#handOver = new HandOver(options.onBatch, (err, { topic, partition }) => {
      if (this.#client.stopping) return;
      log.warn({ err, topic, partition }, 'a batch was refused, reading it again');
      this.#client.soon('refused');
    });
  }

  /** Returns at once; the client connects, and reconnects, in the background until stop(). */
  async start(): Promise<void> {
    this.#timer = setInterval(() => this.#commits.take(), COMMIT_EVERY_MS);
    this.#client.start();
  }

  async stop(): Promise<void> {
    // A rebuild under way would start to consume after the end.
    await this.#client.stop(DISCONNECT_MS);
    clearInterval(this.#timer);
    await this.#handOver.drained(DRAIN_MS);
    await this.#commits.finish(COMMIT_MS);
    await this.#leave();
  }

  isLive(): boolean {
    return this.#joined && !this.#client.isSilent();
  }

  override progress(): ReadProgress {
    return this.#progress.at(Date.now(), SILENT_MS);
  }

  async #open(): Promise<void> {
    this.#joined = false;
    this.#forget();
    await this.#leave();
    // Nobody would end what begins after the end.
    if (this.#client.stopping) return;
    const { groupId, topics, onGap } = this.#options;
    const connection = this.#connect();
    this.#connection = connection;
    if (onGap) (await topicsWithGaps(connection.kafka, groupId, topics)).forEach(onGap);
    const consumer = connection.kafka.consumer({
      groupId,
      sessionTimeout: 6_000,
      heartbeatInterval: 1_000,
      rebalanceTimeout: 10_000,
      maxWaitTimeInMs: this.#maxWaitMs,
      allowAutoTopicCreation: false,
    });
    this.#consumer = consumer;
    this.#observe(consumer);
    await consumer.connect();
    if (this.#client.stopping) return;
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    if (this.#client.stopping) return;
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      // Handing over takes no time, gathering does; a worker costs something with every fetch.
      partitionsConsumedConcurrently: this.#options.gatherMs ? 64 : 1,
      eachBatch: (payload) => this.#take(payload),
    });
  }

  async #leave(): Promise<void> {
    const [consumer, connection] = [this.#consumer, this.#connection];
    [this.#consumer, this.#connection] = [undefined, undefined];
    if (consumer) await takeLeave(consumer);
    connection?.end();
  }

  #forget(): void {
    this.#handOver.nextGeneration();
    this.#progress.reset();
  }

  async #take({ batch, resolveOffset, heartbeat }: EachBatchPayload): Promise<void> {
    const { topic, partition } = batch;
    const records = batch.messages.map((message) => toRecord(topic, partition, message));
    this.#progress.handedOver(topic, partition, batch.lastOffset(), batch.highWatermark);
    this.#handOver.give({ topic, partition, records, lastOffset: batch.lastOffset() });
    resolveOffset(batch.lastOffset()); // moves the next fetch on; nothing is committed by it
    // The fetch that follows waits for all batches of this one.
    if (this.#options.gatherMs) await delay(this.#options.gatherMs);
    while (this.#handOver.isFull() && !this.#client.stopping) {
      await delay(20);
      await heartbeat();
      this.#client.alive();
    }
  }

  async #commit(): Promise<void> {
    const commits = this.#joined ? this.#handOver.take() : [];
    if (commits.length === 0) return;
    await this.#consumer?.commitOffsets([...commits]).catch((error: unknown) => {
      this.#log.warn({ err: error }, 'offsets could not be committed');
    });
  }

  #observe(consumer: Consumer): void {
    const current = (): boolean => consumer === this.#consumer;
    consumer.on(consumer.events.GROUP_JOIN, () => {
      if (!current()) return;
      this.#forget();
      this.#joined = true;
      this.#client.alive();
    });
    consumer.on(consumer.events.FETCH_START, ({ payload }) => {
      if (current()) this.#progress.fetchStarted(String(payload.nodeId), Date.now());
    });
    consumer.on(consumer.events.FETCH, () => {
      if (current()) this.#client.alive();
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!current()) return;
      this.#joined = false;
      this.#log.warn({ err: payload.error, restarts: payload.restart }, 'the Kafka consumer crashed');
      // kafkajs restarts itself only after retriable errors; everything else is ours to mend.
      if (!payload.restart) this.#client.soon('crash');
    });
  }
}
