/** What every Kafka driver must do; called by one int spec a driver. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTopic, waitFor } from '@souk/testing';
import type { KafkaDriver, KafkaProducer, KafkaRecord } from './kafka-port.js';

export function kafkaPortSuite(name: string, createDriver: () => KafkaDriver): void {
  describe(`Kafka port: ${name}`, () => {
    let driver: KafkaDriver;
    let producer: KafkaProducer;
    let topic: { name: string; drop: () => Promise<void> };

    beforeAll(async () => {
      driver = createDriver();
      producer = driver.producer();
      topic = await createTopic('port', 3);
    });
    afterAll(async () => {
      await producer.close();
      await topic.drop();
    });

    const message = (key: string, n: number) => ({
      topic: topic.name,
      key,
      headers: { ce_id: `${key}-${n}`, traceparent: 't' },
      value: JSON.stringify({ n, text: 'grün' }),
    });
    const valueOf = (record: KafkaRecord): { n: number; text: string } =>
      JSON.parse(String(record.value)) as { n: number; text: string };

    it('CC-6: hands over key, headers and bytes, in order per key, and commits what was handled', async () => {
      const group = `g-${topic.name}`;
      const seen: KafkaRecord[] = [];
      const start = async () => {
        const consumer = driver.consumer({
          groupId: group,
          topics: [topic.name],
          onBatch: async (records) => void seen.push(...records),
        });
        await consumer.start();
        return consumer;
      };
      const first = await start();
      await producer.send(Array.from({ length: 60 }, (_, i) => message(`key-${i % 6}`, i)));
      await waitFor(async () => seen.length >= 60, { timeoutMs: 20_000, what: '60 records' });
      expect(first.isLive()).toBe(true);
      expect(seen.find((record) => valueOf(record).n === 7)).toMatchObject({
        key: 'key-1',
        headers: { ce_id: 'key-1-7', traceparent: 't' },
      });
      for (let k = 0; k < 6; k++) {
        const numbers = seen.filter((record) => record.key === `key-${k}`).map((record) => valueOf(record).n);
        // Once more is allowed, earlier is not.
        const firsts = [...new Set(numbers)];
        expect(firsts).toEqual([...firsts].sort((a, b) => a - b));
      }
      await first.stop();

      const before = seen.length;
      await producer.send([message('key-0', 100)]);
      const second = await start();
      await waitFor(async () => seen.some((record) => valueOf(record).n === 100), {
        timeoutMs: 20_000,
        what: 'the new record',
      });
      await second.stop();
      expect(seen.length - before).toBe(1);
    }, 60_000);

    it('does not resolve a batch whose handler has not finished: a new member gets it', async () => {
      const group = `h-${topic.name}`;
      const stuck = driver.consumer({
        groupId: group,
        topics: [topic.name],
        onBatch: () => Promise.reject(new Error('refused')),
      });
      await stuck.start();
      await producer.send([message('key-9', 900)]);
      await waitFor(async () => stuck.isLive(), { timeoutMs: 20_000, what: 'the first member' });
      await stuck.stop();
      const seen: KafkaRecord[] = [];
      const next = driver.consumer({
        groupId: group,
        topics: [topic.name],
        onBatch: async (records) => void seen.push(...records),
      });
      await next.start();
      await waitFor(async () => seen.some((record) => valueOf(record).n === 900), {
        timeoutMs: 20_000,
        what: 'the record again',
      });
      await next.stop();
    }, 60_000);

    it('tells how far it has read, and of records that were gone before it came', async () => {
      const gaps: string[] = [];
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      await producer.send([message('key-1', 1)]);
      const consumer = driver.consumer({
        groupId: `p-${topic.name}`,
        topics: [topic.name],
        onBatch: () => held,
        onGap: (name) => gaps.push(name),
      });
      const before = Date.now();
      await consumer.start();
      await waitFor(async () => (consumer.progress().readThrough ?? 0) > before, {
        timeoutMs: 20_000,
        what: 'progress',
      });
      expect(consumer.progress().behind).toEqual(new Map([[topic.name, 0]]));
      release();
      await consumer.stop();
      expect(gaps).toEqual([]);
    }, 60_000);

    it('takes more for one key than the broker takes in one batch', async () => {
      const big = Array.from({ length: 300 }, (_, n) => ({ ...message('big', n), value: 'x'.repeat(4_000) }));
      await expect(producer.send(big)).resolves.toBeUndefined();
    }, 30_000);

    it('knows the partitions of a topic and says which topic is missing', async () => {
      await expect(driver.partitions([topic.name])).resolves.toEqual(new Map([[topic.name, 3]]));
      await expect(driver.partitions(['no.such.topic'])).rejects.toThrow();
    });
  });
}
