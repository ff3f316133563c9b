import { randomBytes } from 'node:crypto';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { testInfra } from './infra.js';

/** `test.<name>.<random>.v1`: no two runs share a topic. */
export const uniqueTopic = (name: string): string => `test.${name}.${randomBytes(4).toString('hex')}.v1`;

export interface TestTopic {
  readonly name: string;
  drop(): Promise<void>;
}

/** Creates a topic of its own for a test. */
export async function createTopic(name: string, partitions = 3): Promise<TestTopic> {
  const topic = uniqueTopic(name);
  await withAdmin((admin) =>
    admin.createTopics({ topics: [{ topic, numPartitions: partitions, replicationFactor: 1 }], waitForLeaders: true }),
  );
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
