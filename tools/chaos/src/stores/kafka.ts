import { type Admin, type IHeaders, Kafka, logLevel, Partitioners } from 'kafkajs';
import { brokerList } from '../../../cli/src/infra/broker-list.ts';
import type { Target } from '../target/target.ts';

/** A message as somebody beside the shop sends it; without a partition it goes where its key belongs. */
export interface Message {
  readonly key: string | Buffer | null;
  readonly value: string | Buffer | null;
  readonly headers: IHeaders;
  readonly partition?: number;
}

export const brokersOf = ({ context }: Pick<Target, 'context'>): string => context.urls['KAFKA_URL'] ?? '';

export function kafkaClient(brokers: string): Kafka {
  return new Kafka({ clientId: 'souk-chaos', ...brokerList(brokers), logLevel: logLevel.NOTHING });
}

export async function withAdmin<T>(brokers: string, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafkaClient(brokers).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Sends messages in the order in which they are given; acknowledged when it resolves. */
export async function produce(brokers: string, topic: string, messages: readonly Message[]): Promise<void> {
  const createPartitioner = Partitioners.DefaultPartitioner;
  const producer = kafkaClient(brokers).producer({ allowAutoTopicCreation: false, createPartitioner });
  await producer.connect();
  try {
    await producer.send({ topic, acks: -1, messages: messages.map((message) => ({ ...message })) });
  } finally {
    await producer.disconnect();
  }
}

/** Lets a group that has no members read these topics again from their begin. */
export function rewind(brokers: string, groupId: string, topics: readonly string[]): Promise<void> {
  return withAdmin(brokers, async (admin) => {
    for (const topic of topics) await admin.resetOffsets({ groupId, topic, earliest: true });
  });
}

/** How many messages of a topic a group has not taken in, up to the ends that the topic has now. */
export function lagOf(brokers: string, groupId: string, topic: string): Promise<number> {
  return withAdmin(brokers, async (admin) => {
    const ends = await admin.fetchTopicOffsets(topic);
    const [read] = await admin.fetchOffsets({ groupId, topics: [topic] });
    const positions = new Map(read?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
    return ends.reduce((lag, { partition, high, low }) => {
      const position = Math.max(positions.get(partition) ?? 0, Number(low));
      return lag + Math.max(0, Number(high) - position);
    }, 0);
  });
}
