import { setTimeout as delay } from 'node:timers/promises';
import type { Consumer, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import type { Logger } from '@souk/observability';
import type { ReadProgress } from './kafka-port.js';
import { type ConsumerOptions, KafkaConsumer, type KafkaRecord } from './kafka-port.js';
import { topicsWithGaps } from './kafkajs-gaps.js';
import { OffsetTracker } from './offset-tracker.js';
import { FetchProgress } from './read-progress.js';

/** A consumer that has not fetched for this long is rebuilt (tulios/kafkajs#1445: it can stop without a word). */
const SILENT_MS = 15_000;
const REBUILD_DELAY_MS = 500;
const COMMIT_EVERY_MS = 500;
/** Records handed over and not completed; above it nothing more is fetched. */
const BACKLOG = 2_000;
const DISCONNECT_MS = 2_000;

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

/**
 * kafkajs fetches again only when every batch of the last fetch is processed, and commits after each. So batches are handed
 * over without waiting for their effects: the next fetch goes out at once and the broker answers it with the next message,
 * which lets it hold empty fetches for long. What may be committed is tracked here and committed twice a second.
 */
export class KafkaJsConsumer extends KafkaConsumer {
  readonly #kafka: Kafka;
  readonly #options: ConsumerOptions;
  readonly #log: Pick<Logger, 'info' | 'warn'>;
  readonly #maxWaitMs: number;
  readonly #offsets = new OffsetTracker();
  readonly #progress = new FetchProgress();
  #consumer: Consumer | undefined;
  #timers: NodeJS.Timeout[] = [];
  #stopping = false;
  #rebuilding: Promise<void> | undefined;
  #joined = false;
  #lastFetch = 0;
  #backlog = 0;

  constructor(kafka: Kafka, options: ConsumerOptions, log: Pick<Logger, 'info' | 'warn'>, maxWaitMs: number) {
    super();
    this.#kafka = kafka;
    this.#options = options;
    this.#log = log;
    this.#maxWaitMs = maxWaitMs;
  }

  /** Returns at once; the client connects, and reconnects, in the background until stop(). */
  async start(): Promise<void> {
    const watch = (): void => {
      if (Date.now() - this.#lastFetch > SILENT_MS) this.#rebuild('silent');
    };
    this.#timers = [setInterval(watch, 1_000), setInterval(() => void this.#commit(), COMMIT_EVERY_MS)];
    this.#rebuild('start');
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#timers.forEach(clearInterval);
    // A rebuild under way would start to consume after the end.
    if (this.#rebuilding) await Promise.race([this.#rebuilding, delay(DISCONNECT_MS, undefined, { ref: false })]);
    await this.#commit();
    if (this.#consumer) await disconnect(this.#consumer);
  }

  isLive(): boolean {
    return this.#joined && Date.now() - this.#lastFetch < SILENT_MS;
  }

  override progress(): ReadProgress {
    return this.#progress.at(Date.now(), SILENT_MS);
  }

  #rebuild(reason: string): void {
    if (this.#stopping || this.#rebuilding) return;
    this.#lastFetch = Date.now();
    this.#log.info({ groupId: this.#options.groupId, reason }, 'building the Kafka consumer');
    this.#rebuilding = this.#open()
      .catch((error: unknown) => {
        if (this.#stopping) return;
        this.#log.warn({ err: error }, 'the Kafka consumer could not be started, trying again');
        this.#rebuildSoon('retry');
      })
      .finally(() => {
        this.#rebuilding = undefined;
      });
  }

  #rebuildSoon(reason: string): void {
    setTimeout(() => this.#rebuild(reason), REBUILD_DELAY_MS);
  }

  async #open(): Promise<void> {
    this.#joined = false;
    this.#forget();
    const previous = this.#consumer;
    if (previous) await disconnect(previous);
    const { groupId, topics, onGap } = this.#options;
    if (onGap) (await topicsWithGaps(this.#kafka, groupId, topics)).forEach(onGap);
    const consumer = this.#kafka.consumer({
      groupId: this.#options.groupId,
      sessionTimeout: 6_000,
      heartbeatInterval: 1_000,
      rebalanceTimeout: 10_000,
      maxWaitTimeInMs: this.#maxWaitMs,
      allowAutoTopicCreation: false,
    });
    this.#consumer = consumer;
    this.#observe(consumer);
    await consumer.connect();
    if (this.#stopping) return;
    await consumer.subscribe({ topics: [...this.#options.topics], fromBeginning: true });
    if (this.#stopping) return;
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 64,
      eachBatch: (payload) => this.#handOver(payload),
    });
  }

  #forget(): void {
    this.#offsets.nextGeneration();
    this.#progress.reset();
  }

  async #handOver({ batch, resolveOffset, heartbeat }: EachBatchPayload): Promise<void> {
    const { topic, partition } = batch;
    const { generation } = this.#offsets;
    const records = batch.messages.map((message) => toRecord(topic, partition, message));
    this.#backlog += records.length;
    this.#progress.handedOver(topic, partition, batch.lastOffset(), batch.highWatermark);
    void this.#options
      .onBatch(records)
      .then(() => this.#offsets.completed(generation, topic, partition, batch.lastOffset()))
      .catch((error: unknown) => {
        this.#offsets.failed(generation, topic, partition);
        if (this.#stopping) return;
        this.#log.warn({ err: error, topic, partition }, 'a batch was refused, reading it again');
        this.#rebuildSoon('refused');
      })
      .finally(() => {
        this.#backlog -= records.length;
      });
    resolveOffset(batch.lastOffset()); // moves the next fetch on; nothing is committed by it
    while (this.#backlog > BACKLOG && !this.#stopping) {
      await delay(20);
      await heartbeat();
      this.#lastFetch = Date.now();
    }
  }

  async #commit(): Promise<void> {
    const commits = this.#joined ? this.#offsets.take() : [];
    if (commits.length === 0) return;
    // What could not be committed is delivered again after the next rebalance and dropped by the inbox.
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
      this.#lastFetch = Date.now();
    });
    consumer.on(consumer.events.FETCH_START, ({ payload }) => {
      if (current()) this.#progress.fetchStarted(String(payload.nodeId), Date.now());
    });
    consumer.on(consumer.events.FETCH, () => {
      if (current()) this.#lastFetch = Date.now();
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!current()) return;
      this.#joined = false;
      this.#log.warn({ err: payload.error, restarts: payload.restart }, 'the Kafka consumer crashed');
      // kafkajs restarts itself only after retriable errors; everything else is ours to mend.
      if (!payload.restart) this.#rebuildSoon('crash');
    });
  }
}

/** A client that fell silent may never answer its own disconnect. */
async function disconnect(consumer: Consumer): Promise<void> {
  await Promise.race([consumer.disconnect().catch(() => undefined), delay(DISCONNECT_MS, undefined, { ref: false })]);
}
