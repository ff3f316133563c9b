import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTopic, testInfra, type TestTopic } from '@souk/testing';
import { Kafka, logLevel, type Producer } from 'kafkajs';
import { TopicLog } from '../../tools/cli/src/shop/audit/topic-log.ts';

const brokers = testInfra().kafkaBrokers;
let topic: TestTopic;
let empty: TestTopic;
let producer: Producer;
let log: TopicLog;

beforeAll(async () => {
  topic = await createTopic('audit', 3);
  empty = await createTopic('audit-empty', 2);
  const kafka = new Kafka({ brokers, clientId: 'audit-test', logLevel: logLevel.NOTHING });
  producer = kafka.producer();
  await producer.connect();
  await send('o1', 'order.placed.v1', '1', '{"lines":[{"sku":"TEA"},{"sku":"CUP"}]}');
  await send('o2', 'order.placed.v1', '1', 'no JSON');
  log = new TopicLog(brokers.join(','), [topic.name, empty.name]);
  await log.open();
}, 60_000);

afterAll(async () => {
  await log?.close();
  await producer?.disconnect();
  await topic?.drop();
  await empty?.drop();
});

const send = (key: string, type: string, version: string, value: string) => {
  const headers = { ce_id: `${key}/${type}`, ce_type: type, ce_aggregateversion: version };
  return producer.send({ topic: topic.name, messages: [{ key, value, headers }] });
};

describe('the log of the topics', () => {
  it('holds every message from the first on', async () => {
    const records = await log.readToEnd();
    expect(records.toSorted((a, b) => (a.key < b.key ? -1 : 1))).toMatchObject([
      {
        topic: topic.name,
        key: 'o1',
        id: 'o1/order.placed.v1',
        type: 'order.placed.v1',
        version: 1,
        skus: ['TEA', 'CUP'],
      },
      { topic: topic.name, key: 'o2', version: 1, skus: [] },
    ]);
  });

  it('reads on, and is at the end when it says so', async () => {
    for (let look = 0; look < 5; look++) {
      await send('o3', `order.event-${look}.v1`, String(look + 1), '{}');
      const types = (await log.readToEnd()).flatMap(({ key, type }) => (key === 'o3' ? [type] : []));
      expect(types).toHaveLength(look + 1);
    }
  });
});
