import { describe, expect, it } from '@jest/globals';
import { type ConsumerOptions, KafkaConsumer, KafkaDriver } from '@souk/kafka';
import type pg from 'pg';
import { PgConsumerStrategy } from './consumer-strategy.js';

class IdleConsumer extends KafkaConsumer {
  async start(): Promise<void> {}
  async stop(): Promise<void> {}
  isLive(): boolean {
    return true;
  }
}

class FakeDriver extends KafkaDriver {
  options: ConsumerOptions | undefined;
  producer(): never {
    throw new Error('nothing is sent here');
  }
  consumer(options: ConsumerOptions): KafkaConsumer {
    this.options = options;
    return new IdleConsumer();
  }
  async partitions(): Promise<Map<string, number>> {
    return new Map();
  }
}

describe('a consumer of PostgreSQL, when records were gone before they were read', () => {
  const gap = (more: { onGap?: (topic: string) => void }): object[] => {
    const driver = new FakeDriver();
    const errors: object[] = [];
    new PgConsumerStrategy({
      driver,
      pool: {} as pg.Pool,
      topics: [],
      groupId: 'tester',
      deadLetterTopic: 'tester.dlq.v1',
      afterCommit: () => undefined,
      logger: { warn: () => undefined, error: (of: object) => errors.push(of) },
      ...more,
    }).listen(() => undefined);
    driver.options?.onGap?.('things.v1');
    return errors;
  };

  it('says so in the log', () => expect(gap({})).toEqual([{ topic: 'things.v1' }]));

  it('tells whoever asked to be told', () => {
    const told: string[] = [];
    expect(gap({ onGap: (topic) => told.push(topic) })).toEqual([]);
    expect(told).toEqual(['things.v1']);
  });
});
