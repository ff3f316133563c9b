import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Delivery } from '@souk/outbox';
import type { ReadProgress } from '@souk/kafka';
import {
  type ConsumerOptions,
  KafkaConsumer,
  KafkaDriver,
  KafkaProducer,
  type KafkaRecord,
  type ProducerRecord,
  RecordRefused,
} from '@souk/kafka';
import { LettersInMemory } from './dead-letter-store.mother.js';
import { ViewConsumerStrategy } from './view-consumer.js';

const quiet = { warn: () => undefined, error: () => undefined };
const at = (ms: number): Date => new Date(ms);
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30));

class FakeConsumer extends KafkaConsumer {
  reading: ReadProgress = { readThrough: undefined, behind: new Map() };
  stopped = false;
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
  readonly sent: ProducerRecord[] = [];
  refusals = 0;
  refusal = new Error('the broker is down');
  options: ConsumerOptions | undefined;

  producer(): KafkaProducer {
    const send = async (records: readonly ProducerRecord[]): Promise<void> => {
      if (this.refusals-- > 0) throw this.refusal;
      this.sent.push(...records);
    };
    return new (class extends KafkaProducer {
      readonly send = send;
      async close(): Promise<void> {}
    })();
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

const record = (key: string, offset: number, value: unknown = { n: offset }, topic = 'things.v1'): KafkaRecord => ({
  topic,
  partition: 0,
  offset: String(offset),
  key,
  headers: { ce_type: 'thing.v1', ce_id: `${key}-${offset}`, ce_source: '/t', ce_time: '2026-01-01T00:00:00Z' },
  value: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
});

describe('a view consumer', () => {
  let driver: FakeDriver;
  let calls: string[][];
  let onCall: (deliveries: Delivery[]) => Promise<void>;
  let letters: LettersInMemory;

  beforeEach(() => {
    driver = new FakeDriver();
    letters = new LettersInMemory();
    calls = [];
    onCall = async () => undefined;
  });

  const start = (gaps: string[] = []): ViewConsumerStrategy => {
    const schemas = { 'thing.v1': { parse: (data: unknown) => data } };
    const strategy = new ViewConsumerStrategy({
      driver,
      producer: driver.producer(),
      topics: ['things.v1', 'others.v1'].map((name) => ({ name, messages: schemas })),
      groupId: 'viewer',
      deadLetterTopic: 'viewer.dlq.v1',
      letters,
      onGap: (topic) => gaps.push(topic),
      backoffMs: [1, 1, 1, 1],
      outageMs: 1,
      logger: quiet,
    });
    for (const topic of ['things.v1', 'others.v1']) {
      const handler = async (deliveries: Delivery[]): Promise<void> => {
        calls.push(deliveries.map(({ key, offset }) => `${topic[0]}:${key}:${offset}`));
        await onCall(deliveries);
      };
      strategy.addHandler(topic, handler, true);
    }
    strategy.listen(() => undefined);
    return strategy;
  };

  it('hands over what arrived together at once, by topic, in order', async () => {
    start();
    await Promise.all([driver.hand(record('a', 1), record('b', 2)), driver.hand(record('a', 7, {}, 'others.v1'))]);
    expect(calls).toEqual([['t:a:1', 't:b:2'], ['o:a:7']]);
  });

  it('never holds more than 500 at once', async () => {
    start();
    await driver.hand(...Array.from({ length: 1_200 }, (_, i) => record('a', i)));
    expect(calls.map(({ length }) => length)).toEqual([500, 500, 200]);
  });

  it('refuses to start without a handler for a topic', () => {
    const strategy = new ViewConsumerStrategy({
      driver,
      producer: driver.producer(),
      topics: [{ name: 'things.v1', messages: {} }],
      groupId: 'viewer',
      deadLetterTopic: 'viewer.dlq.v1',
      letters,
      logger: quiet,
    });
    expect(() => strategy.listen(() => undefined)).toThrow('no @EventPattern handler for topic things.v1');
  });

  it('skips types it does not know', async () => {
    start();
    const unknown = record('a', 1);
    await driver.hand({ ...unknown, headers: { ...unknown.headers, ce_type: 'thing.v9' } }, record('b', 2));
    expect(calls).toEqual([['t:b:2']]);
  });

  it('waits for a store that is away and counts nothing', async () => {
    let outages = 20;
    onCall = async () => {
      if (outages-- > 0) throw Object.assign(new Error('away'), { kind: 'unavailable' });
    };
    start();
    await driver.hand(record('a', 1));
    expect([calls.length, driver.sent]).toEqual([21, []]);
  });

  it('CQ-10: gives up a message that always fails after five attempts, with its bytes and the cause; the others go on', async () => {
    onCall = async (deliveries) => {
      if (deliveries.some(({ key }) => key === 'bad')) throw new Error('poison');
    };
    start();
    await driver.hand(record('a', 1), record('bad', 2, '{"n":  2}'), record('bad', 3), record('b', 4));
    const alone = calls.filter(({ length }) => length === 1).map(([call]) => call);
    expect(alone.filter((call) => call === 't:bad:2')).toHaveLength(5);
    // No parking: the later one of the same key is tried too.
    expect(alone.filter((call) => call === 't:bad:3')).toHaveLength(5);
    expect(alone).toContain('t:b:4');
    expect(driver.sent.map(({ topic, key, value }) => [topic, key, value])).toEqual([
      ['viewer.dlq.v1', 'bad', '{"n":  2}'],
      ['viewer.dlq.v1', 'bad', '{"n":3}'],
    ]);
    expect(driver.sent[0]?.headers).toMatchObject({
      ce_id: 'bad-2',
      'dlq-topic': 'things.v1',
      'dlq-offset': '2',
      'dlq-cause': 'poison',
      'dlq-attempts': '5',
    });
  });

  it('gives up what it cannot read at once, and tries until store and broker have the dead letter', async () => {
    driver.refusals = 3;
    letters.failures = 2;
    start();
    await driver.hand(record('a', 1, 'no json'), record('b', 2));
    expect(driver.sent.map(({ headers }) => headers['dlq-attempts'])).toEqual(['1']);
    expect([...letters.letters.keys()]).toEqual(['things.v1-0-1']);
    expect(calls).toEqual([['t:b:2']]);
  });

  it('goes on when the broker never takes the copy of a dead letter', async () => {
    Object.assign(driver, { refusals: 2, refusal: new RecordRefused('too large', 0) });
    start();
    await driver.hand(record('a', 1, 'no json'), record('b', 2));
    expect([driver.sent, [...letters.letters.keys()], calls]).toEqual([[], ['things.v1-0-1'], [['t:b:2']]]);
  });

  it('CC-5: what it gave up can be handled again', async () => {
    onCall = () => Promise.reject(new Error('poison'));
    const { deadLetters } = start();
    await driver.hand(record('bad', 2));
    calls = [];
    onCall = async () => undefined;
    expect(await deadLetters.replay('things.v1-0-2')).toMatchObject({ outcome: 'released', applied: 1 });
    expect(calls).toEqual([['t:bad:2']]);
  });

  it('resolves a batch only after its handler', async () => {
    let finish = (): void => undefined;
    onCall = () => new Promise((resolve) => (finish = resolve));
    start();
    let resolved = false;
    const handed = driver.hand(record('a', 1)).then(() => (resolved = true));
    await settle();
    expect(resolved).toBe(false);
    finish();
    await handed;
  });

  it('finishes what is under way when it is closed, and takes nothing more', async () => {
    let done = false;
    onCall = async () => {
      await settle();
      done = true;
    };
    const strategy = start();
    const handed = driver.hand(record('a', 1));
    await new Promise((resolve) => setImmediate(resolve));
    await strategy.close();
    await handed;
    expect([done, strategy.isLive()]).toEqual([true, false]);
    await expect(driver.hand(record('a', 2))).rejects.toThrow('stopped');
  });

  it('passes on that records were gone before they were read', () => {
    const gaps: string[] = [];
    start(gaps);
    driver.options?.onGap?.('things.v1');
    expect(gaps).toEqual(['things.v1']);
  });

  describe('MV-5: its lag', () => {
    it('is unknown until everything was read once', () => {
      expect(start().lag()).toEqual({
        messages: new Map([
          ['things.v1', 0],
          ['others.v1', 0],
        ]),
        asOf: undefined,
      });
    });

    it('counts what is fetched and not applied, and what is not fetched', async () => {
      let finish = (): void => undefined;
      onCall = () => new Promise((resolve) => (finish = resolve));
      const strategy = start();
      driver.member.reading = { readThrough: 1_000, behind: new Map([['things.v1', 5]]) };
      const handed = driver.hand(record('a', 1), record('a', 2));
      await settle();
      driver.member.reading = { readThrough: 9_000, behind: new Map([['things.v1', 3]]) };
      // The two waiting ones were in the log before 9 000, so 1 000 is all that can be promised.
      expect(strategy.lag()).toEqual({
        messages: new Map([
          ['things.v1', 5],
          ['others.v1', 0],
        ]),
        asOf: at(1_000),
      });
      finish();
      await handed;
      expect(strategy.lag()).toMatchObject({ asOf: at(9_000) });
    });

    it('is unknown while something waits that was read before the first catch-up', async () => {
      let finish = (): void => undefined;
      onCall = () => new Promise((resolve) => (finish = resolve));
      const strategy = start();
      const handed = driver.hand(record('a', 1));
      await settle();
      driver.member.reading = { readThrough: 9_000, behind: new Map() };
      expect(strategy.lag().asOf).toBeUndefined();
      finish();
      await handed;
    });

    it('does not run ahead of what was refused while it closes', async () => {
      const strategy = start();
      driver.member.reading = { readThrough: 1_000, behind: new Map() };
      const closing = strategy.close();
      driver.member.reading = { readThrough: 9_000, behind: new Map() };
      await expect(driver.hand(record('a', 1))).rejects.toThrow('stopped');
      await closing;
      expect(strategy.lag()).toMatchObject({
        asOf: at(1_000),
        messages: new Map([
          ['things.v1', 1],
          ['others.v1', 0],
        ]),
      });
    });
  });
});
