import { afterEach, describe, expect, it } from '@jest/globals';
import type { FeedState } from '../persistence/change-feed.js';
import { MarketFollower } from './market-follower.js';

const LOAD_MS = 4_000;
const quiet = { info: () => undefined, warn: () => undefined };
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a follower whose feed never reaches back', () => {
  let follower: MarketFollower;
  let [time, looks, count, told] = [1_000_000, 0, 0, 0];
  afterEach(() => follower.stop());

  const start = (): void => {
    follower = new MarketFollower({
      store: {
        read: async () => ({ baskets: [], products: [], stock: [] }),
        readAll: async () => void (time += LOAD_MS),
      },
      feed: {
        state: async (): Promise<FeedState> => ({ epoch: 'one', count: ++count, readers: {}, asOf: new Date(++looks) }),
        since: async () => undefined,
        report: async () => void told++,
        leave: async () => undefined,
      },
      replica: 'me',
      readThrough: () => undefined,
      now: () => time,
      logger: quiet,
    });
    follower.start();
  };
  const look = async (): Promise<void> => {
    for (const before = looks; looks === before; await turn()) follower.wake();
    for (let n = 0; n < 20; n++) await turn();
  };

  it('reads everything again only after as long a pause as that took, and promises nothing until then', async () => {
    start();
    await look();
    expect(follower.loads).toBe(1);
    const { asOf } = follower;
    await look();
    time += LOAD_MS - 1;
    await look();
    expect([follower.loads, follower.asOf, told]).toEqual([1, asOf, 1]);
    time += 1;
    await look();
    expect(follower.loads).toBe(2);
    expect(follower.asOf.getTime()).toBeGreaterThan(asOf.getTime());
  });
});
