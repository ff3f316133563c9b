import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type KafkaDriver, type KafkaProducer, openKafka } from '@souk/kafka';
import type { Delivery, PgTx } from '@souk/outbox';
import { createTopic, testInfra, type TestTopic, waitFor } from '@souk/testing';
import { ConsumerLab, thing } from './consumer-lab.mother.js';
import { PgConsumerStrategy } from './consumer-strategy.js';

const logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

describe('consumer groups, over Kafka and PostgreSQL, in one process', () => {
  let lab: ConsumerLab;
  let driver: KafkaDriver;
  let producer: KafkaProducer;
  let commands: TestTopic;
  let facts: TestTopic;
  let running: PgConsumerStrategy[] = [];
  /** What each group has done, as `key:n`. */
  let done: Map<string, string[]>;
  let letGo: () => void;
  /** Groups that stand still. */
  let holding: string[];
  let isHeld: Promise<void>;

  beforeAll(async () => {
    lab = await ConsumerLab.open('groups');
    driver = await openKafka('kafkajs', {
      brokers: testInfra().kafkaBrokers,
      clientId: 'groups',
      logger,
      maxWaitMs: 50,
    });
    producer = driver.producer();
  });
  afterAll(async () => {
    await producer.close();
    await lab.db.drop();
  });
  beforeEach(async () => {
    [commands, facts] = await Promise.all([createTopic('commands', 2), createTopic('facts', 2)]);
    await lab.reset();
    [running, holding, done] = [[], [], new Map()];
    isHeld = new Promise((resolve) => (letGo = resolve));
  });
  afterEach(async () => {
    letGo();
    await Promise.all(running.map((one) => one.close()));
    await Promise.all([commands.drop(), facts.drop()]);
  });

  /** `holds`: what it does with this key takes until `letGo`. */
  const group = async (groupId: string, topics: readonly TestTopic[], holds?: string): Promise<void> => {
    const seen: string[] = [];
    done.set(groupId, seen);
    const strategy = new PgConsumerStrategy({
      driver,
      pool: lab.db.pool,
      topics: topics.map(({ name }) => ({ name, partitions: 2, messages: { 'thing.v1': { parse: (data) => data } } })),
      groupId: `${groupId}-${commands.name}`,
      deadLetterTopic: 'groups.dlq.v1',
      afterCommit: () => undefined,
      logger,
    });
    const handle = async (deliveries: Delivery[], tx: PgTx): Promise<void> => {
      if (deliveries.some(({ key }) => key === holds)) {
        holding.push(groupId);
        await isHeld;
      }
      await tx.query('select 1');
      seen.push(...deliveries.map(({ key, data }) => `${key}:${(data as { n: number }).n}`));
    };
    for (const { name } of topics) strategy.addHandler(name, handle, true);
    strategy.listen(() => undefined);
    running.push(strategy);
    await waitFor(() => strategy.isLive(), { timeoutMs: 30_000, what: `group ${groupId}` });
  };
  const send = (topic: TestTopic, ...things: [key: string, n: number][]) =>
    producer.send(
      things.map(([key, n]) => {
        const { headers, value } = thing(key, n);
        return { topic: topic.name, key, headers, value: String(value) };
      }),
    );
  const has = (groupId: string, ...wanted: string[]) => {
    const sees = () => wanted.every((one) => done.get(groupId)?.includes(one));
    return waitFor(sees, { what: `${wanted.join()} in ${groupId}: ${done.get(groupId)?.join()}` });
  };

  const standsStill = (groupId: string) =>
    waitFor(() => holding.includes(groupId), { what: `${groupId} to stand still` });

  it('BLK-5: one that stands still delays none on another topic', async () => {
    await Promise.all([group('work', [commands], 'slow'), group('views', [facts])]);
    await send(commands, ['slow', 1], ['other', 2]);
    await standsStill('work');
    await send(facts, ['a', 3], ['b', 4]);
    await has('views', 'a:3', 'b:4');
    await send(facts, ['a', 5]);
    await has('views', 'a:5');
    expect(done.get('work')).not.toContain('slow:1');
    letGo();
    await has('work', 'slow:1', 'other:2');
  });

  it('BLK-5: nor one that reads the same topic', async () => {
    await Promise.all([group('work', [facts], 'slow'), group('views', [facts])]);
    await send(facts, ['slow', 1]);
    await standsStill('work');
    await has('views', 'slow:1');
    await send(facts, ['slow', 2], ['a', 3]);
    await has('views', 'slow:2', 'a:3');
    expect(done.get('work')).toEqual([]);
  });

  it('BLK-5: what is in one group stands still together', async () => {
    await group('both', [commands, facts], 'slow');
    await group('views', [facts]);
    await send(commands, ['slow', 1]);
    await standsStill('both');
    await send(facts, ['a', 2]);
    await has('views', 'a:2');
    expect(done.get('both')).toEqual([]);
    letGo();
    await has('both', 'slow:1', 'a:2');
  });
});
