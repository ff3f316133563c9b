import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Admin, type Consumer, Kafka, logLevel } from 'kafkajs';
import { brokerList } from '../../infra/broker-list.ts';
import { waitFor } from '../wait-for.ts';

const WITHIN_MS = 60_000;
const LEADS_WITHIN_MS = 15_000;

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

/** `topic partition` → offset of a message. */
export type Positions = ReadonlyMap<string, number>;

/** Where the next messages will stand. */
export async function endsOf(brokers: string, topics: readonly string[]): Promise<Positions> {
  const admin = kafkaOf(brokers).admin();
  await admin.connect();
  try {
    return new Map((await placesOf(admin, topics)).map(({ place, end }) => [place, end]));
  } finally {
    await admin.disconnect();
  }
}

/** Reads topics from their first message on, or from the positions that are given, in a group of its own that leaves nothing behind. */
export class TopicLog {
  readonly records: TopicRecord[] = [];
  readonly #topics: readonly string[];
  readonly #group = `souk-audit-${randomUUID()}`;
  readonly #admin: Admin;
  readonly #consumer: Consumer;
  readonly #read = new Map<string, number>();
  readonly #from: Positions;

  constructor(brokers: string, topics: readonly string[], from: Positions = new Map()) {
    const kafka = kafkaOf(brokers);
    this.#topics = topics;
    this.#from = from;
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
    for (const [place, offset] of this.#from) {
      const [topic = '', partition] = place.split(' ');
      this.#consumer.seek({ topic, partition: Number(partition), offset: String(offset) });
    }
  }

  /** Everything that is in the topics now has been read afterwards. */
  async readToEnd(): Promise<readonly TopicRecord[]> {
    const places = await placesOf(this.#admin, this.#topics);
    await waitFor('the topics are read', WITHIN_MS, async () =>
      places.every(({ place, end, isEmpty }) => isEmpty || this.#next(place, end) >= end),
    );
    return this.records;
  }

  /** A topic that is shorter than it was is another one, and is read from its begin. */
  #next(place: string, end: number): number {
    const from = this.#from.get(place) ?? 0;
    return this.#read.get(place) ?? (from <= end ? from : 0);
  }

  async close(): Promise<void> {
    await this.#consumer.disconnect();
    await this.#admin.deleteGroups([this.#group]).catch(() => undefined);
    await this.#admin.disconnect();
  }
}

const kafkaOf = (brokers: string): Kafka =>
  new Kafka({ clientId: 'souk-audit', ...brokerList(brokers), logLevel: logLevel.NOTHING });

async function placesOf(admin: Admin, topics: readonly string[]) {
  const found = await Promise.all(
    topics.map(async (topic) =>
      (await offsetsOf(admin, topic)).map(({ partition, high, low }) => ({
        place: `${topic} ${partition}`,
        end: Number(high),
        isEmpty: high === low,
      })),
    ),
  );
  return found.flat();
}

/** The leader of a partition is about to be one: the broker has just started, or made the topic a moment ago. kafkajs gives up at once. */
const LEADS_SOON = new Set<unknown>(['NOT_LEADER_FOR_PARTITION', 'LEADER_NOT_AVAILABLE']);

async function offsetsOf(admin: Pick<Admin, 'fetchTopicOffsets'>, topic: string) {
  const end = performance.now() + LEADS_WITHIN_MS;
  for (;;) {
    try {
      return await admin.fetchTopicOffsets(topic);
    } catch (error) {
      if (!LEADS_SOON.has((error as { type?: unknown }).type) || performance.now() > end) throw error;
    }
    await sleep(200);
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
