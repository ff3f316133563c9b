import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Rebuilder } from './rebuilder.js';

const quiet = { info: () => undefined, warn: () => undefined };

describe('the rebuilder', () => {
  let opened: number;
  let open: () => Promise<void>;
  let reachable: boolean;
  let client: Rebuilder;
  const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

  beforeEach(() => {
    jest.useFakeTimers();
    [opened, reachable] = [0, true];
    open = async () => undefined;
    client = new Rebuilder({
      groupId: 'g',
      open: () => {
        opened += 1;
        return open();
      },
      isReachable: async () => reachable,
      log: quiet,
    });
  });
  afterEach(async () => {
    await client.stop(0);
    jest.useRealTimers();
  });

  it('tries again until the client is there', async () => {
    open = () => Promise.reject(new Error('no broker'));
    client.start();
    await pass(1_600);
    expect(opened).toBe(4);
    open = async () => undefined;
    await pass(10_000);
    expect(opened).toBe(5);
  });

  it('builds anew what gives no sign of life, once a silence', async () => {
    client.start();
    for (let second = 0; second < 30; second++) {
      await pass(1_000);
      client.alive();
    }
    expect(opened).toBe(1);
    await pass(17_000);
    expect(opened).toBe(2);
  });

  it('leaves it alone while no broker answers, for it could not do better and would be a new member', async () => {
    client.start();
    reachable = false;
    await pass(600_000);
    expect([opened, client.isSilent()]).toEqual([1, true]);
    reachable = true;
    await pass(13_000);
    expect(opened).toBe(1);
    await pass(5_000);
    expect(opened).toBe(2);
  });

  it('does one thing at a time, and nothing after its end', async () => {
    const slow = Promise.withResolvers<void>();
    open = () => slow.promise;
    client.start();
    client.soon('crash');
    await pass(60_000);
    expect(opened).toBe(1);
    const stopped = client.stop(100);
    await pass(100);
    await stopped;
    slow.reject(new Error('too late'));
    await pass(60_000);
    expect([opened, client.stopping]).toEqual([1, true]);
  });
});
