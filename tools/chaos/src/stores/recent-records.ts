import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, KafkaMessage } from 'kafkajs';
import { kafkaClient, type Message, withAdmin } from './kafka.ts';

const WITHIN_MS = 15_000;

/** A record as it lies in its topic. */
export type Stored = Message & { readonly partition: number; readonly offset: number };

interface Span {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

/** What came to a topic since a time, by partition and offset, at most `most` of it (the newest). `since` in epoch milliseconds. */
export async function recordsSince(brokers: string, topic: string, since: number, most = 5_000): Promise<Stored[]> {
  const spans = await withAdmin(brokers, (admin) => spansOf(admin, topic, since));
  if (spans.length === 0) return [];
  const records = await read(brokers, topic, spans);
  return records.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset).slice(-most);
}

async function spansOf(admin: Admin, topic: string, since: number): Promise<Span[]> {
  const [ends, begins] = [await admin.fetchTopicOffsets(topic), await admin.fetchTopicOffsetsByTimestamp(topic, since)];
  return ends.flatMap(({ partition, high }) => {
    const from = Number(begins.find((begin) => begin.partition === partition)?.offset ?? high);
    return from >= 0 && from < Number(high) ? [{ partition, from, to: Number(high) }] : [];
  });
}

/** In a group of its own that leaves nothing behind. */
async function read(brokers: string, topic: string, spans: readonly Span[]): Promise<Stored[]> {
  const kafka = kafkaClient(brokers);
  const groupId = `souk-chaos-${randomUUID()}`;
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 50, allowAutoTopicCreation: false });
  const open = new Map(spans.map((span) => [span.partition, span]));
  const records: Stored[] = [];
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        const span = open.get(batch.partition);
        if (span === undefined) return;
        const wanted = batch.messages.filter(({ offset }) => Number(offset) >= span.from && Number(offset) < span.to);
        records.push(...wanted.map((message) => stored(batch.partition, message)));
        if (Number(batch.lastOffset()) >= span.to - 1) open.delete(batch.partition);
      },
    });
    for (const { partition, from } of spans) consumer.seek({ topic, partition, offset: String(from) });
    const deadline = performance.now() + WITHIN_MS;
    while (open.size > 0 && performance.now() < deadline) await sleep(20);
    if (open.size > 0) throw new Error(`${topic} could not be read within ${WITHIN_MS / 1_000} s`);
    return records;
  } finally {
    await consumer.disconnect();
    await withAdmin(brokers, (admin) => admin.deleteGroups([groupId])).catch(() => undefined);
  }
}

const stored = (partition: number, { key, value, headers = {}, offset }: KafkaMessage): Stored => ({
  key,
  value,
  headers,
  partition,
  offset: Number(offset),
});
