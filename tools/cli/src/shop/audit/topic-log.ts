import { randomUUID } from 'node:crypto';
import { type Admin, type Consumer, Kafka, logLevel } from 'kafkajs';
import { waitFor } from '../wait-for.ts';

const WITHIN_MS = 60_000;

/** A message as the audit needs it. */
export interface TopicRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string;
  readonly id: string;
  readonly type: string;
  /** Of the aggregate, where the message carries one. */
  readonly version?: number;
  /** Skus that the message is about. */
  readonly skus: readonly string[];
}

/** Reads topics from their first message on, in a group of its own that leaves nothing behind. */
export class TopicLog {
  readonly records: TopicRecord[] = [];
  readonly #topics: readonly string[];
  readonly #group = `souk-audit-${randomUUID()}`;
  readonly #admin: Admin;
  readonly #consumer: Consumer;
  readonly #read = new Map<string, number>();

  constructor(brokers: string, topics: readonly string[]) {
    const kafka = new Kafka({ clientId: 'souk-audit', brokers: brokers.split(','), logLevel: logLevel.NOTHING });
    this.#topics = topics;
    this.#admin = kafka.admin();
    this.#consumer = kafka.consumer({ groupId: this.#group, maxWaitTimeInMs: 50, allowAutoTopicCreation: false });
  }

  async open(): Promise<void> {
    await Promise.all([this.#admin.connect(), this.#consumer.connect()]);
    await this.#consumer.subscribe({ topics: [...this.#topics], fromBeginning: true });
    await this.#consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch: { topic, partition, messages } }) => {
        for (const message of messages) this.records.push(toRecord(topic, partition, message));
        const last = messages.at(-1);
        if (last !== undefined) this.#read.set(`${topic} ${partition}`, Number(last.offset) + 1);
      },
    });
  }

  /** Everything that is in the topics now has been read afterwards. */
  async readToEnd(): Promise<readonly TopicRecord[]> {
    const ends = await Promise.all(
      this.#topics.map(async (topic) =>
        (await this.#admin.fetchTopicOffsets(topic)).map(({ partition, high, low }) => ({
          place: `${topic} ${partition}`,
          end: high === low ? 0 : Number(high),
        })),
      ),
    );
    await waitFor('the topics are read', WITHIN_MS, async () =>
      ends.flat().every(({ place, end }) => (this.#read.get(place) ?? 0) >= end),
    );
    return this.records;
  }

  async close(): Promise<void> {
    await this.#consumer.disconnect();
    await this.#admin.deleteGroups([this.#group]).catch(() => undefined);
    await this.#admin.disconnect();
  }
}

interface Message {
  readonly offset: string;
  readonly key?: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, unknown>>;
}

function toRecord(topic: string, partition: number, { offset, key, value, headers = {} }: Message): TopicRecord {
  const header = (name: string): string | undefined => headers[name]?.toString();
  const version = header('ce_aggregateversion');
  return {
    topic,
    partition,
    offset: Number(offset),
    key: key?.toString() ?? '',
    id: header('ce_id') ?? '',
    type: header('ce_type') ?? '',
    skus: skusIn(value),
    ...(version !== undefined && { version: Number(version) }),
  };
}

/** Nothing of what cannot be read: that a message is broken is not for this check to say. */
function skusIn(value: Buffer | null): string[] {
  try {
    const { lines = [] } = JSON.parse(value?.toString() ?? '{}') as { lines?: { sku: string }[] };
    return lines.map(({ sku }) => sku);
  } catch {
    return [];
  }
}
