import { testInfra } from '@souk/testing';
import { type Admin, Kafka, logLevel, type Message, Partitioners, type Producer } from 'kafkajs';

/** A client of its own, beside the port: for records that no driver would write and for what only an administrator may do. */
export const rawKafka = (): Kafka =>
  new Kafka({ brokers: testInfra().kafkaBrokers, clientId: 'port-suite-raw', logLevel: logLevel.NOTHING });

export async function asAdmin<T>(act: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = rawKafka().admin();
  await admin.connect();
  try {
    return await act(admin);
  } finally {
    await admin.disconnect();
  }
}

export async function produceRaw(topic: string, messages: Message[]): Promise<void> {
  const producer: Producer = rawKafka().producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  try {
    await producer.send({ topic, messages });
  } finally {
    await producer.disconnect();
  }
}
