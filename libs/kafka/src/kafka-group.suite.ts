/** What every Kafka driver must do when members come and go, and when the broker does; called by one int spec a driver. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createTopic, testInfra, type TestTopic, waitFor } from '@souk/testing';
import type { KafkaConsumer, KafkaDriver, KafkaProducer, KafkaRecord } from './kafka-port.js';
import { BrokerLink } from './test/broker-link.js';
import { asAdmin } from './test/raw-kafka.js';

const PARTITIONS = 6;
const KEYS = 24;

/** One batch as a member took it. */
interface Taken {
  readonly member: string;
  readonly partition: number;
  readonly records: readonly { readonly key: string; readonly n: number; readonly offset: string }[];
}

export function kafkaGroupSuite(name: string, createDriver: () => KafkaDriver): void {
  describe(`Kafka group: ${name}`, () => {
    let driver: KafkaDriver;
    let producer: KafkaProducer;
    let topic: TestTopic;
    let taken: Taken[];
    let running: KafkaConsumer[];
    let sent: number;

    beforeEach(async () => {
      driver = createDriver();
      producer = driver.producer();
      topic = await createTopic('group', PARTITIONS);
      [taken, running, sent] = [[], [], 0];
    });
    afterEach(async () => {
      await Promise.all(running.map((consumer) => consumer.stop()));
      await producer.close();
      await topic.drop();
    });

    async function member(id: string, workMs = 1): Promise<KafkaConsumer> {
      const onBatch = async (records: readonly KafkaRecord[]) => {
        const [first] = records;
        const parsed = records.map(({ key, value, offset }) => ({ key, n: Number(value), offset }));
        taken.push({ member: id, partition: first?.partition ?? -1, records: parsed });
        await delay(workMs);
      };
      const consumer = driver.consumer({ groupId: `g-${topic.name}`, topics: [topic.name], onBatch });
      await consumer.start();
      running.push(consumer);
      return consumer;
    }
    const live = (consumer: KafkaConsumer) =>
      waitFor(() => consumer.isLive(), { timeoutMs: 30_000, what: 'a live member' });
    const leave = async (consumer: KafkaConsumer) => {
      running = running.filter((each) => each !== consumer);
      await consumer.stop();
    };
    /** One more message for every key; numbers grow per key. */
    async function send(): Promise<void> {
      sent += 1;
      const value = String(sent);
      const records = Array.from({ length: KEYS }, (_, k) => ({ topic: topic.name, key: `k${k}`, headers: {}, value }));
      await producer.send(records);
    }
    const firstsOf = (key: string): number[] => [
      ...new Set(taken.flatMap(({ records }) => records.filter((each) => each.key === key).map(({ n }) => n))),
    ];
    const complete = () =>
      waitFor(() => Array.from({ length: KEYS }, (_, k) => firstsOf(`k${k}`)).every(({ length }) => length >= sent), {
        timeoutMs: 40_000,
        what: `all ${sent} messages of every key`,
      });
    function expectOrder(): void {
      for (let k = 0; k < KEYS; k++) expect(firstsOf(`k${k}`)).toEqual(Array.from({ length: sent }, (_, i) => i + 1));
    }
    const takenBy = (id: string): number => taken.filter((each) => each.member === id).length;
    /** Sends on until every one of the members has taken something. */
    async function shareAmong(...ids: string[]): Promise<void> {
      const since = taken.length;
      const shares = () => new Set(taken.slice(since).map((each) => each.member));
      await waitFor(
        async () => {
          await send();
          return ids.every((id) => shares().has(id));
        },
        { timeoutMs: 40_000, what: `a share for each of ${ids.join(', ')}` },
      );
    }

    it.each([2, 3])(
      'CC-1 %i members share the partitions: nothing is lost when they come and go, and order stays',
      async (count) => {
        const ids = ['one', 'two', 'three'].slice(0, count);
        const [first, ...others] = ids;
        const members = [await member(first ?? '')];
        await live(members[0] as KafkaConsumer);
        await send();
        for (const id of others) members.push(await member(id));
        await shareAmong(...ids);
        await leave(members[0] as KafkaConsumer);
        const [before, leftover] = [takenBy(first ?? ''), others];
        await shareAmong(...leftover);
        await complete();
        expectOrder();
        expect(takenBy(first ?? '')).toBe(before);
      },
      120_000,
    );

    it('a partition has one reader at a time: its owner changes with the group, not in between', async () => {
      const members = [await member('one', 5)];
      await live(members[0] as KafkaConsumer);
      await send();
      members.push(await member('two', 5));
      await shareAmong('one', 'two');
      for (let i = 0; i < 20; i++) await send();
      await complete();
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const owners = taken.filter((each) => each.partition === partition).map((each) => each.member);
        const changes = owners.filter((owner, i) => i > 0 && owner !== owners[i - 1]).length;
        expect(changes).toBeLessThanOrEqual(1);
      }
    }, 60_000);

    it('what is under way when a member stops is finished and committed', async () => {
      const slow = await member('slow', 400);
      await live(slow);
      await send();
      await waitFor(() => taken.length > 0, { timeoutMs: 20_000, what: 'a batch' });
      await leave(slow);
      const before = taken.length;
      const next = await member('next');
      await live(next);
      await complete();
      const places = taken.flatMap(({ partition, records }) => records.map(({ offset }) => `${partition}/${offset}`));
      expect(places).toEqual([...new Set(places)]);
      expect(before).toBeGreaterThan(0);
    }, 60_000);

    it('a handler that fails half way gets the records again, and nothing behind them is skipped', async () => {
      let failures = 2;
      const seen: number[] = [];
      const consumer = driver.consumer({
        groupId: `f-${topic.name}`,
        topics: [topic.name],
        onBatch: async (records) => {
          for (const { value, key } of records) {
            if (key !== 'k0') continue;
            if (Number(value) === 3 && failures-- > 0) throw new Error('killed half way');
            seen.push(Number(value));
          }
        },
      });
      running.push(consumer);
      for (let i = 0; i < 5; i++) await send();
      await consumer.start();
      await waitFor(() => new Set(seen).size === 5, { timeoutMs: 40_000, what: 'all five' });
      expect([...new Set(seen)]).toEqual([1, 2, 3, 4, 5]);
    }, 60_000);

    it('the link to the broker is cut for 8 s: it goes on by itself, soon after, without a loss', async () => {
      const link = new BrokerLink(testInfra().kafkaBrokers[0] ?? '');
      try {
        const consumer = await member('one');
        await live(consumer);
        await send();
        await complete();
        link.cut();
        await delay(8_000);
        link.mend();
        const mended = performance.now();
        await waitFor(() => send().then(() => true), { timeoutMs: 20_000, what: 'a message that is taken' });
        await complete();
        expect(performance.now() - mended).toBeLessThan(10_000);
        expectOrder();
      } finally {
        link.release();
      }
    }, 90_000);

    it('says which topic lost records before it came: its position lies before the start of the log', async () => {
      const gaps = async (group: string): Promise<string[]> => {
        const found: string[] = [];
        const consumer = driver.consumer({
          groupId: group,
          topics: [topic.name],
          onBatch: async () => undefined,
          onGap: (each) => found.push(each),
        });
        await consumer.start();
        running.push(consumer);
        await live(consumer);
        await leave(consumer);
        return found;
      };
      for (let i = 0; i < 3; i++) await send();
      const group = (id: string) => `${topic.name}-${id}`;
      await asAdmin(async (admin) => {
        const [{ partition = 0, high = '0' } = {}] = (await admin.fetchTopicOffsets(topic.name)).sort(
          (one, other) => Number(other.high) - Number(one.high),
        );
        const at = (id: string, offset: string) =>
          admin.setOffsets({ groupId: group(id), topic: topic.name, partitions: [{ partition, offset }] });
        await at('slow', '1');
        await at('fast', high);
        const start = String(Number(high) - 1);
        await admin.deleteTopicRecords({ topic: topic.name, partitions: [{ partition, offset: start }] });
      });
      expect(await gaps(group('slow'))).toEqual([topic.name]);
      expect(await gaps(group('fast'))).toEqual([]);
      expect(await gaps(group('new'))).toEqual([topic.name]);
    }, 60_000);
  });
}
