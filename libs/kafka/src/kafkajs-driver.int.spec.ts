import { describe, expect, it } from '@jest/globals';
import { createTopic, testInfra } from '@souk/testing';
import { Kafka, logLevel } from 'kafkajs';
import { kafkaPortSuite } from './kafka-port.suite.js';
import { KafkaJsDriver } from './kafkajs-driver.js';
import { topicsWithGaps } from './kafkajs-gaps.js';

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

kafkaPortSuite(
  'kafkajs',
  () => new KafkaJsDriver({ brokers: testInfra().kafkaBrokers, clientId: 'port-suite', logger: quiet }),
);

describe('records that are gone', () => {
  it('are a gap for a group that had not read them, and for nobody else', async () => {
    const kafka = new Kafka({ brokers: testInfra().kafkaBrokers, clientId: 'gaps', logLevel: logLevel.NOTHING });
    const topic = await createTopic('gaps', 1);
    const admin = kafka.admin();
    const producer = kafka.producer();
    await Promise.all([admin.connect(), producer.connect()]);
    try {
      const messages = Array.from({ length: 10 }, (_, i) => ({ key: String(i), value: '' }));
      await producer.send({ topic: topic.name, messages });
      const at = (groupId: string, offset: string) =>
        admin.setOffsets({ groupId, topic: topic.name, partitions: [{ partition: 0, offset }] });
      await at(`${topic.name}-slow`, '3');
      await at(`${topic.name}-fast`, '7');
      const gaps = async () =>
        Promise.all(
          ['slow', 'fast', 'new'].map((name) => topicsWithGaps(kafka, `${topic.name}-${name}`, [topic.name])),
        );
      expect(await gaps()).toEqual([[], [], []]);
      await admin.deleteTopicRecords({ topic: topic.name, partitions: [{ partition: 0, offset: '5' }] });
      expect(await gaps()).toEqual([[topic.name], [], [topic.name]]);
    } finally {
      await Promise.all([admin.disconnect(), producer.disconnect()]);
      await topic.drop();
    }
  }, 60_000);
});
