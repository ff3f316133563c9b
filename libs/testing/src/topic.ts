import { randomBytes } from 'node:crypto';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { testInfra } from './infra.js';
import { waitFor } from './wait-for.js';

/** `test.<name>.<random>.v1`: no two runs share a topic. */
export const uniqueTopic = (name: string): string => `test.${name}.${randomBytes(4).toString('hex')}.v1`;

export interface TestTopic {
  readonly name: string;
  drop(): Promise<void>;
}

/** Creates a topic of its own for a test. */
export async function createTopic(
  name: string,
  partitions = 3,
  settings: Readonly<Record<string, string>> = {},
): Promise<TestTopic> {
  const topic = uniqueTopic(name);
  const configEntries = Object.entries(settings).map(([key, value]) => ({ name: key, value }));
  await withAdmin(async (admin) => {
    await admin.createTopics({
      waitForLeaders: false,
      topics: [{ topic, numPartitions: partitions, replicationFactor: 1, configEntries }],
    });
    // Not waitForLeaders: that gives up when a busy broker has not heard of the topic yet.
    const led = async () => {
      const [found] = (await admin.fetchTopicMetadata({ topics: [topic] })).topics;
      return found?.partitions.filter(({ leader }) => leader >= 0).length === partitions;
    };
    await waitFor(led, { timeoutMs: 20_000, what: `leaders of ${topic}` });
  });
  return { name: topic, drop: () => withAdmin((admin) => admin.deleteTopics({ topics: [topic] })) };
}

async function withAdmin(act: (admin: Admin) => Promise<unknown>): Promise<void> {
  const kafka = new Kafka({ brokers: testInfra().kafkaBrokers, clientId: 'testing', logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  try {
    await act(admin);
  } finally {
    await admin.disconnect();
  }
}
