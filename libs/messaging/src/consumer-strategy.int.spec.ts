import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ConsumerOptions, KafkaConsumer, KafkaDriver, type KafkaRecord, type ReadProgress } from '@souk/kafka';
import type { Delivery, PgTx } from '@souk/outbox';
import { ConsumerLab, thing } from './consumer-lab.mother.js';
import { PgConsumerStrategy } from './consumer-strategy.js';

class FakeConsumer extends KafkaConsumer {
  stopped = false;
  reading: ReadProgress = { readThrough: 5_000, behind: new Map([['things.v1', 2]]) };
  async start(): Promise<void> {}
  async stop(): Promise<void> {
    this.stopped = true;
  }
  isLive(): boolean {
    return !this.stopped;
  }
  override progress(): ReadProgress {
    return this.reading;
  }
}

class FakeDriver extends KafkaDriver {
  readonly member = new FakeConsumer();
  options: ConsumerOptions | undefined;
  producer(): never {
    throw new Error('nothing is sent here');
  }
  consumer(options: ConsumerOptions): KafkaConsumer {
    this.options = options;
    return this.member;
  }
  async partitions(): Promise<Map<string, number>> {
    return new Map();
  }
  async hand(...records: KafkaRecord[]): Promise<void> {
    await this.options?.onBatch(records);
  }
}

describe('a consumer of PostgreSQL', () => {
  let lab: ConsumerLab;
  let driver: FakeDriver;

  beforeAll(async () => {
    lab = await ConsumerLab.open('strategy');
  });
  afterAll(() => lab.db.drop());
  beforeEach(async () => {
    await lab.reset();
    driver = new FakeDriver();
  });

  const start = (): PgConsumerStrategy => {
    const strategy = new PgConsumerStrategy({
      driver,
      pool: lab.db.pool,
      topics: [{ name: 'things.v1', partitions: 1, messages: { 'thing.v1': { parse: (data) => data } } }],
      groupId: 'tester',
      deadLetterTopic: 'tester.dlq.v1',
      afterCommit: () => undefined,
      backoffMs: [1, 1, 1, 1],
      logger: { warn: () => undefined, error: () => undefined },
    });
    const handler = async (deliveries: Delivery[], tx: PgTx): Promise<void> => lab.handle(deliveries, tx);
    strategy.addHandler('things.v1', handler, true);
    strategy.listen(() => undefined);
    return strategy;
  };

  it('CC-10: ends what is under way when it is closed, then leaves the group, and takes nothing more', async () => {
    const strategy = start();
    lab.before = () => sleep(100);
    const handed = driver.hand(thing('a', 1));
    await sleep(20);
    await strategy.close();
    expect(await lab.effects()).toEqual(['a:1']);
    await handed;
    expect(strategy.isLive()).toBe(false);
    await expect(driver.hand(thing('a', 2))).rejects.toThrow('stopped');
    expect(await lab.effects()).toEqual(['a:1']);
  });

  it('CC-9: tells how far behind it is: what is not fetched and what is under way', async () => {
    const strategy = start();
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    lab.before = () => gate;
    const handed = driver.hand(thing('a', 1), thing('a', 2), thing('a', 3));
    expect(strategy.lag().messages).toEqual(new Map([['things.v1', 5]]));
    go();
    await handed;
    expect(strategy.lag()).toEqual({ messages: new Map([['things.v1', 2]]), asOf: new Date(5_000) });
    await driver.hand(thing('a', 3));
    expect(strategy.duplicates).toBe(1);
  });

  it('CC-5: replays with the handlers of the service, between two batches', async () => {
    const strategy = start();
    lab.before = async (key) => {
      if (key === 'bad') throw new Error('poison');
    };
    await driver.hand(thing('bad', 1));
    let open = 0;
    let most = 0;
    lab.before = async () => {
      most = Math.max(most, ++open);
      await sleep(50);
      open--;
    };
    const replaying = strategy.deadLetters.replay('things.v1-0-1');
    await Promise.all([replaying, driver.hand(thing('good', 2, { partition: 1 }))]);
    expect([await lab.effects(), most]).toEqual([expect.arrayContaining(['bad:1', 'good:2']), 1]);
  });
});
