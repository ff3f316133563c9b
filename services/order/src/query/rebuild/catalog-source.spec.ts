import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ConsumerOptions, KafkaDriver } from '@souk/kafka';
import { readCatalog } from './catalog-source.js';

describe('the catalog as a rebuild reads it', () => {
  let stopped: boolean;
  let readThrough: number | undefined;
  let handOver: () => Promise<void>;

  beforeEach(() => {
    stopped = false;
    readThrough = undefined;
  });

  /** A client that hands over one empty batch, and has read everything once that was tried, whatever came of it. */
  const driver = {
    consumer: ({ onBatch }: ConsumerOptions) => ({
      start: async () => {
        handOver = async () => {
          await onBatch([]).catch(() => undefined);
          readThrough = Date.now() + 1_000;
        };
        setImmediate(() => void handOver());
      },
      stop: async () => void (stopped = true),
      progress: () => ({ readThrough, behind: new Map() }),
    }),
  } as unknown as KafkaDriver;
  const read = (take: () => Promise<void>) =>
    readCatalog(driver, { groupId: 'rebuild', signal: AbortSignal.timeout(5_000), timeoutMs: 5_000 }, take);

  it('is read when all of it was taken', async () => {
    let taken = 0;
    await read(async () => void (taken += 1));
    expect([taken, stopped]).toEqual([1, true]);
  });

  it('is not, when a part could not be taken: the views would be swapped without it', async () => {
    await expect(read(() => Promise.reject(new Error('the store refuses')))).rejects.toThrow('the store refuses');
    expect(stopped).toBe(true);
  });
});
