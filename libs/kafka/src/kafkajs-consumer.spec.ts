import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { EachBatchPayload, Kafka } from 'kafkajs';
import type { KafkaRecord } from './kafka-port.js';
import { KafkaJsConsumer } from './kafkajs-consumer.js';

const quiet = { info: () => undefined, warn: () => undefined };
type EachBatch = (payload: EachBatchPayload) => Promise<void>;

/** A kafkajs client that does what the test says; `built` counts how often one was made. */
class FakeKafka {
  built = 0;
  disconnects = true;
  answersCommits = true;
  readonly commits: { partition: number; offset: string }[] = [];
  #eachBatch: EachBatch = async () => undefined;
  #listeners = new Map<string, (event: { payload: object }) => void>();

  consumer() {
    this.built += 1;
    this.#listeners = new Map();
    return {
      events: { GROUP_JOIN: 'join', FETCH_START: 'fetch-start', FETCH: 'fetch', CRASH: 'crash' },
      on: (event: string, listener: (event: { payload: object }) => void) => void this.#listeners.set(event, listener),
      connect: async () => undefined,
      subscribe: async () => undefined,
      disconnect: () => (this.disconnects ? Promise.resolve() : new Promise<void>(() => undefined)),
      run: async ({ eachBatch }: { eachBatch: EachBatch }) => void (this.#eachBatch = eachBatch),
      commitOffsets: async (offsets: { partition: number; offset: string }[]) => {
        this.commits.push(...offsets.map(({ partition, offset }) => ({ partition, offset })));
        if (!this.answersCommits) await new Promise(() => undefined);
      },
    };
  }

  emit(event: 'join' | 'fetch' | 'crash', payload: object = {}): void {
    this.#listeners.get(event)?.({ payload });
  }

  /** Hands over records up to `last`; resolves when kafkajs may fetch on. */
  deliver(last: number, count = 1): Promise<void> {
    const messages = Array.from({ length: count }, (_, i) => ({
      key: Buffer.from('k'),
      value: Buffer.from('{}'),
      offset: String(last - count + 1 + i),
      headers: {},
    }));
    const batch = {
      topic: 't',
      partition: 3,
      messages,
      lastOffset: () => String(last),
      highWatermark: String(last + 1),
    };
    return this.#eachBatch({ batch, resolveOffset: () => undefined, heartbeat: async () => undefined } as never);
  }
}

describe('the kafkajs consumer', () => {
  let reachable = true;
  let ended = 0;
  const clientOf = (fake: object) => ({
    connect: () => ({ kafka: fake as unknown as Kafka, end: () => void (ended += 1) }),
    log: quiet,
    maxWaitMs: 200,
    isReachable: async () => reachable,
  });
  let kafka: FakeKafka;
  let consumer: KafkaJsConsumer;
  let onBatch: (records: readonly KafkaRecord[]) => Promise<void>;

  const begin = async (more: { gatherMs?: number } = {}): Promise<void> => {
    ended = 0;
    kafka = new FakeKafka();
    const handled = (records: readonly KafkaRecord[]) => onBatch(records);
    const options = { groupId: 'g', topics: ['t'], onBatch: handled, ...more };
    consumer = new KafkaJsConsumer(clientOf(kafka), options);
    await consumer.start();
    await turns();
    kafka.emit('join');
  };
  const turns = async (): Promise<void> => {
    for (let i = 0; i < 20; i++) await Promise.resolve();
  };
  const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

  it('hands records over at once, and fetches on when more have gathered', async () => {
    const events: string[] = [];
    onBatch = async () => void events.push('handed over');
    await begin({ gatherMs: 60 });
    const fetchesOn = kafka.deliver(41).then(() => void events.push('fetches on'));
    await delay(20);
    expect(events).toEqual(['handed over']);
    await fetchesOn;
    expect(events).toEqual(['handed over', 'fetches on']);
    await consumer.stop();
  });

  describe('in its own time', () => {
    beforeEach(async () => {
      jest.useFakeTimers();
      onBatch = () => Promise.resolve();
      await begin();
    });
    afterEach(async () => {
      const stopped = consumer.stop();
      await pass(5_000);
      await stopped;
      jest.useRealTimers();
    });

    it('commits while it runs what is durable, and nothing before it is', async () => {
      const effect = Promise.withResolvers<void>();
      onBatch = () => effect.promise;
      await kafka.deliver(41);
      await pass(2_000);
      expect(kafka.commits).toEqual([]);
      effect.resolve();
      await pass(600);
      expect(kafka.commits).toEqual([{ partition: 3, offset: '42' }]);
    });

    it('commits one at a time, and a stop does not wait for a broker that is away', async () => {
      kafka.answersCommits = false;
      for (const offset of [41, 42, 43]) {
        await kafka.deliver(offset);
        await pass(600);
      }
      expect(kafka.commits).toEqual([{ partition: 3, offset: '42' }]);
      let isStopped = false;
      void consumer.stop().then(() => (isStopped = true));
      await pass(2_100);
      expect(isStopped).toBe(true);
    });

    it('reads a refused batch again, and commits nothing behind it', async () => {
      await pass(250);
      onBatch = () => Promise.reject(new Error('refused'));
      await kafka.deliver(41);
      onBatch = () => Promise.resolve();
      await kafka.deliver(50);
      await pass(400);
      expect(kafka.commits).toEqual([]);
      await pass(600);
      expect(kafka.built).toBe(2);
    });

    it('commits nothing for partitions that a new generation may have given to somebody else', async () => {
      const effect = Promise.withResolvers<void>();
      onBatch = () => effect.promise;
      await kafka.deliver(41);
      kafka.emit('join');
      effect.resolve();
      await pass(2_000);
      expect(kafka.commits).toEqual([]);
    });

    it('is built anew after a crash that kafkajs does not mend', async () => {
      kafka.emit('crash', { error: new Error('mended'), restart: true });
      await pass(2_000);
      expect(kafka.built).toBe(1);
      kafka.emit('crash', { error: new Error('fatal'), restart: false });
      expect(consumer.isLive()).toBe(false);
      await pass(2_000);
      expect(kafka.built).toBe(2);
    });

    it('is built anew when it fell silent, and not while it fetches', async () => {
      for (let second = 0; second < 20; second++) {
        await pass(1_000);
        kafka.emit('fetch');
      }
      expect([kafka.built, consumer.isLive()]).toEqual([1, true]);
      await pass(17_000);
      expect(kafka.built).toBe(2);
    });

    it('keeps its membership while no broker answers, however long, and is not live', async () => {
      reachable = false;
      await pass(120_000);
      expect([kafka.built, consumer.isLive()]).toEqual([1, false]);
      reachable = true;
      await pass(18_000);
      expect(kafka.built).toBe(2);
    });
  });

  it('fetches nothing more while too much is under way', async () => {
    const effect = Promise.withResolvers<void>();
    onBatch = () => effect.promise;
    await begin();
    await kafka.deliver(2_000, 2_000);
    let goesOn = false;
    const second = kafka.deliver(2_001).then(() => (goesOn = true));
    await delay(100);
    expect(goesOn).toBe(false);
    effect.resolve();
    await second;
    await consumer.stop();
  });

  it('does not start to consume after it was stopped while it was being built', async () => {
    kafka = new FakeKafka();
    ended = 0;
    const gate = Promise.withResolvers<void>();
    const ran: string[] = [];
    const slow = {
      consumer: () => ({
        ...kafka.consumer(),
        connect: () => gate.promise,
        run: async () => void ran.push('run'),
      }),
    };
    const options = { groupId: 'g', topics: ['t'], onBatch: async () => undefined };
    consumer = new KafkaJsConsumer(clientOf(slow), options);
    await consumer.start();
    const stopped = consumer.stop();
    gate.resolve();
    await stopped;
    await delay(20);
    expect(ran).toEqual([]);
    expect(ended).toBe(1);
  });

  it('leaves no client behind: each ends before the next is built, the last one with it', async () => {
    onBatch = () => Promise.resolve();
    await begin();
    kafka.emit('crash', { error: new Error('fatal'), restart: false });
    await delay(600);
    expect([kafka.built, ended]).toEqual([2, 1]);
    await consumer.stop();
    expect(ended).toBe(2);
  });

  it('builds nothing after it was stopped while the client before would not end', async () => {
    onBatch = () => Promise.resolve();
    await begin();
    kafka.disconnects = false;
    kafka.emit('crash', { error: new Error('fatal'), restart: false });
    await delay(600);
    await consumer.stop();
    await delay(2_000);
    expect([kafka.built, ended]).toEqual([1, 1]);
  });
});
