import { describe, expect, it } from '@jest/globals';
import { HandOver } from './hand-over.js';
import { type KafkaRecord, ReadingEnds } from './kafka-port.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const batch = (lastOffset: number, count = 1) => {
  const records = Array.from({ length: count }, (_, i): KafkaRecord => {
    const offset = String(lastOffset - count + 1 + i);
    return { topic: 't', partition: 0, offset, key: 'k', headers: {}, value: null };
  });
  return { topic: 't', partition: 0, records, lastOffset: String(lastOffset) };
};

describe('handing over', () => {
  it('may commit what has ended, and nothing of what has not', async () => {
    const ends: (() => void)[] = [];
    const handOver = new HandOver(
      () => new Promise((resolve) => ends.push(resolve)),
      () => undefined,
    );
    handOver.give(batch(4));
    handOver.give(batch(9));
    ends[0]?.();
    await turn();
    expect(handOver.take()).toEqual([{ topic: 't', partition: 0, offset: '5' }]);
    expect(handOver.take()).toEqual([]);
    await expect(handOver.drained(30)).resolves.toBe(false);
    ends[1]?.();
    await expect(handOver.drained(1_000)).resolves.toBe(true);
    expect(handOver.take()).toEqual([{ topic: 't', partition: 0, offset: '10' }]);
  });

  it('tells of a refused batch, and commits nothing behind it', async () => {
    const refused: string[] = [];
    const handOver = new HandOver(
      async ([record]) => {
        if (record?.offset === '4') throw new Error('refused');
      },
      (_, { lastOffset }) => refused.push(lastOffset),
    );
    handOver.give(batch(4));
    await turn();
    handOver.give(batch(9));
    await turn();
    expect([refused, handOver.take()]).toEqual([['4'], []]);
  });

  it('says nothing of a batch that came while reading ends, and commits nothing behind it', async () => {
    const refused: unknown[] = [];
    const handOver = new HandOver(
      () => Promise.reject(new ReadingEnds('stopped')),
      (error) => refused.push(error),
    );
    handOver.give(batch(4));
    await turn();
    expect([refused, handOver.take()]).toEqual([[], []]);
  });

  it('forgets with a new generation what the old one had under way', async () => {
    const effect = Promise.withResolvers<void>();
    const handOver = new HandOver(
      () => effect.promise,
      () => undefined,
    );
    handOver.give(batch(4));
    handOver.nextGeneration();
    effect.resolve();
    await turn();
    expect(handOver.take()).toEqual([]);
  });

  it('is full with more than 2,000 records under way', async () => {
    const effect = Promise.withResolvers<void>();
    const handOver = new HandOver(
      () => effect.promise,
      () => undefined,
    );
    handOver.give(batch(1_999, 2_000));
    expect(handOver.isFull()).toBe(false);
    handOver.give(batch(2_000));
    expect(handOver.isFull()).toBe(true);
    effect.resolve();
    await turn();
    expect(handOver.isFull()).toBe(false);
  });
});
