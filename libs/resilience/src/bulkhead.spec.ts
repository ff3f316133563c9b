import { getEventListeners } from 'node:events';
import { describe, expect, it, jest } from '@jest/globals';
import { Bulkhead } from './bulkhead.js';
import { BulkheadFull, LimitReached } from './faults.js';

const settled = async (promise: Promise<unknown>): Promise<unknown> =>
  Promise.race([
    promise.then(() => 'in').catch((error: unknown) => error),
    new Promise((go) => setImmediate(go, 'waits')),
  ]);

describe('a bulkhead', () => {
  it('BLK-1: has so many places, and they are no other bulkhead’s', () => {
    const [full, other] = [new Bulkhead('a', { concurrent: 2 }), new Bulkhead('b', { concurrent: 2 })];
    expect([full.tryEnter(), full.tryEnter(), full.tryEnter(), other.tryEnter()]).toEqual([true, true, false, true]);
  });

  it('BLK-2: refuses at once, with a type, whom the queue cannot hold', async () => {
    const bulkhead = new Bulkhead('payment', { concurrent: 1, queue: 1 });
    bulkhead.tryEnter();
    const waiting = settled(bulkhead.wait(1_000, undefined));
    const error = await settled(bulkhead.wait(1_000, undefined));
    expect(error).toBeInstanceOf(BulkheadFull);
    expect(error).toMatchObject({ code: 'upstream-overloaded', retryAfterSeconds: 1 });
    await expect(new Bulkhead('x', { concurrent: 0 }).wait(1, undefined)).rejects.toThrow(BulkheadFull);
    bulkhead.dismiss(() => new Error('the end'));
    await waiting;
  });

  it('gives places in the order in which they were asked for', async () => {
    const bulkhead = new Bulkhead('x', { concurrent: 1, queue: 3 });
    bulkhead.tryEnter();
    const seen: number[] = [];
    const waiting = [1, 2, 3].map((n) => bulkhead.wait(1_000, undefined).then(() => seen.push(n)));
    for (const one of waiting) {
      bulkhead.leave();
      await one;
    }
    expect([seen, bulkhead.inUse, bulkhead.queued]).toEqual([[1, 2, 3], 1, 0]);
  });

  it('holds no place for who left, nor a listener', async () => {
    const bulkhead = new Bulkhead('x', { concurrent: 1, queue: 1 });
    bulkhead.tryEnter();
    const caller = new AbortController();
    const gone = bulkhead.wait(1_000, caller.signal);
    caller.abort();
    await expect(gone).rejects.toThrow(LimitReached);
    expect([bulkhead.queued, getEventListeners(caller.signal, 'abort')]).toEqual([0, []]);
    bulkhead.leave();
    expect([bulkhead.inUse, bulkhead.tryEnter()]).toEqual([0, true]);
  });

  it('lets nobody wait who left before', async () => {
    const bulkhead = new Bulkhead('x', { concurrent: 1, queue: 1 });
    bulkhead.tryEnter();
    expect(await settled(bulkhead.wait(1_000, AbortSignal.abort()))).toBeInstanceOf(LimitReached);
    expect(bulkhead.queued).toBe(0);
  });

  it('leaves no timer behind', async () => {
    jest.useFakeTimers();
    const bulkhead = new Bulkhead('x', { concurrent: 1, queue: 1 });
    bulkhead.tryEnter();
    const waiting = bulkhead.wait(500, undefined);
    bulkhead.leave();
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
    await waiting;
  });

  it('lets nobody wait longer than asked for', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate'] });
    try {
      const bulkhead = new Bulkhead('x', { concurrent: 0, queue: 1 });
      const waiting = bulkhead.wait(500, undefined);
      jest.advanceTimersByTime(499);
      expect([bulkhead.queued, await settled(waiting)]).toEqual([1, 'waits']);
      jest.advanceTimersByTime(1);
      expect([bulkhead.queued, await settled(waiting)]).toEqual([0, expect.any(LimitReached)]);
    } finally {
      jest.useRealTimers();
    }
  });

  it('sends all away who wait, when there is no use in waiting', async () => {
    const bulkhead = new Bulkhead('x', { concurrent: 0, queue: 2 });
    const waiting = [bulkhead.wait(1_000, undefined), bulkhead.wait(1_000, undefined)];
    const reason = new Error('closed');
    bulkhead.dismiss(() => reason);
    expect([await Promise.all(waiting.map(settled)), bulkhead.queued]).toEqual([[reason, reason], 0]);
  });

  it('BLK-1: lets in who waits when it gets more places, and sends nobody away when it gets fewer', async () => {
    const bulkhead = new Bulkhead('x', { concurrent: 1, queue: 2 });
    bulkhead.tryEnter();
    const waiting = [bulkhead.wait(1_000, undefined), bulkhead.wait(1_000, undefined)];
    bulkhead.resize({ concurrent: 3, queue: 2 });
    await Promise.all(waiting);
    bulkhead.resize({ concurrent: 1, queue: 2 });
    expect([bulkhead.inUse, bulkhead.tryEnter()]).toEqual([3, false]);
    bulkhead.leave();
    bulkhead.leave();
    expect([bulkhead.inUse, bulkhead.tryEnter()]).toEqual([1, false]);
  });
});
