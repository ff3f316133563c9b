/** What every Kafka driver must do with records that are not ordinary; called by one int spec a driver. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTopic, type TestTopic, waitFor } from '@souk/testing';
import { Partitioners } from 'kafkajs';
import { type KafkaDriver, type KafkaProducer, type KafkaRecord, RecordRefused } from './kafka-port.js';
import { produceRaw } from './test/raw-kafka.js';

const MIB = 1024 * 1024;

export function kafkaRecordsSuite(name: string, createDriver: () => KafkaDriver): void {
  describe(`Kafka records: ${name}`, () => {
    let driver: KafkaDriver;
    let producer: KafkaProducer;
    let topic: TestTopic;

    beforeAll(async () => {
      driver = createDriver();
      producer = driver.producer();
      topic = await createTopic('records', 12);
    });
    afterAll(async () => {
      await producer.close();
      await topic.drop();
    });

    /** Reads all of a topic from its start, until there are `count` records. */
    async function readAll(from: string, count: number): Promise<KafkaRecord[]> {
      const seen: KafkaRecord[] = [];
      const onBatch = async (records: readonly KafkaRecord[]) => void seen.push(...records);
      const consumer = driver.consumer({
        groupId: `r-${from}-${randomBytes(4).toString('hex')}`,
        topics: [from],
        onBatch,
      });
      await consumer.start();
      try {
        await waitFor(() => seen.length >= count, { timeoutMs: 20_000, what: `${count} records` });
      } finally {
        await consumer.stop();
      }
      return seen;
    }
    const record = (to: string, key: string, value: string) => ({ topic: to, key, headers: {}, value });

    it('hands over what no handler can read, as it is: no key, no value, bytes, 900 KiB', async () => {
      const poison = await createTopic('poison', 1);
      const bytes = randomBytes(300);
      const large = randomBytes(900 * 1024);
      await produceRaw(poison.name, [{ key: null, value: null }]);
      await produceRaw(poison.name, [
        { key: 'b', value: bytes, headers: { twice: ['first', 'second'], empty: '', bytes: Buffer.from('grün') } },
      ]);
      await produceRaw(poison.name, [{ key: 'l', value: large }]);
      const [nothing, binary, heavy] = await readAll(poison.name, 3);
      expect(nothing).toMatchObject({ key: '', value: null, offset: '0' });
      expect(binary).toMatchObject({ key: 'b', offset: '1', headers: { empty: '', bytes: 'grün' } });
      expect(binary?.value?.equals(bytes)).toBe(true);
      expect(heavy?.value?.equals(large)).toBe(true);
      await poison.drop();
    }, 60_000);

    it('carries a message of 1 MiB where the topic takes one', async () => {
      const wide = await createTopic('wide', 1, { 'max.message.bytes': String(2 * MIB) });
      await producer.send([record(wide.name, 'k', 'small'), record(wide.name, 'k', 'x'.repeat(MIB))]);
      const seen = await readAll(wide.name, 2);
      expect(seen.map(({ value }) => value?.length)).toEqual([5, MIB]);
      await wide.drop();
    }, 60_000);

    it('names the record that is too large for the topic, and goes on without it', async () => {
      const [before, after] = [record(topic.name, 'a', 'before'), record(topic.name, 'b', 'after')];
      const refused = await refusalOf(producer.send([before, record(topic.name, 'c', 'x'.repeat(2 * MIB)), after]));
      expect(refused.index).toBe(1);
      expect(refused.message).toContain('too large');
      await expect(producer.send([before, after])).resolves.toBeUndefined();
    }, 60_000);

    it('names the first record for a topic that is not there, soon, and goes on without it', async () => {
      const good = record(topic.name, 'a', 'good');
      const started = performance.now();
      const refused = await refusalOf(producer.send([good, record('no.such.topic', 'b', 'lost'), good]));
      // A client asks for the topic again some times, but does not wait for the limit of a request, 10 s.
      expect(performance.now() - started).toBeLessThan(9_000);
      expect(refused.index).toBe(1);
      expect(refused.message).toContain('no.such.topic');
      await expect(producer.send([good])).resolves.toBeUndefined();
    }, 60_000);

    it('chooses the partition of a key as every other client does', async () => {
      const spread = await createTopic('spread', 12);
      const keys = ['', 'ä', ...Array.from({ length: 60 }, (_, i) => `order-${i}`)];
      await producer.send(keys.map((key) => record(spread.name, key, 'v')));
      const partitionOf = Partitioners.DefaultPartitioner();
      const partitionMetadata = Array.from({ length: 12 }, (_, partitionId) => ({
        partitionErrorCode: 0,
        partitionId,
        leader: 1,
        replicas: [1],
        isr: [1],
      }));
      const expected = (key: string) =>
        partitionOf({ topic: spread.name, partitionMetadata, message: { key, value: null } });
      for (const { key, partition } of await readAll(spread.name, keys.length)) {
        expect([key, partition]).toEqual([key, expected(key)]);
      }
      await spread.drop();
    }, 60_000);
  });
}

async function refusalOf(sending: Promise<void>): Promise<RecordRefused> {
  const error: unknown = await sending.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof RecordRefused) return error;
  throw new Error('nothing was refused for good', { cause: error });
}
