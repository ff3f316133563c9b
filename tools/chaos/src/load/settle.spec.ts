import { describe, expect, it } from '@jest/globals';
import type { Wish } from '../history/customer.ts';
import type { Clock } from './arrivals.ts';
import { settle } from './settle.ts';

/** A customer with keys of unknown outcome: each is answered when it was asked for so many times, `Infinity` is never. */
function customerWith(keys: Record<string, number>, orders: string[] = [], granted?: Wish) {
  const [asked, read]: [Record<string, number>, string[]] = [{}, []];
  const accepted = new Set(orders);
  const isOpen = (key: string) => (asked[key] ?? 0) < (keys[key] ?? 0);
  return {
    asked,
    looked: read,
    accepted,
    wishes: new Map(Object.keys(keys).map((key): [string, Wish] => [key, { key, lines: [] }])),
    grantedWish: () => granted,
    openKeys: () => Object.keys(keys).filter(isOpen),
    place: async ({ key }: Wish) => {
      asked[key] = (asked[key] ?? 0) + 1;
      if (isOpen(key)) return undefined;
      accepted.add(`order of ${key}`);
      return `order of ${key}`;
    },
    read: async (orderId: string) => void read.push(orderId),
  };
}

/** Orders end after so many looks at them. */
function watchOf(orders: Record<string, number>) {
  const left = new Map(Object.entries(orders));
  const added: [string, number][] = [];
  const look = async () => {
    for (const [orderId, looks] of left)
      if (looks <= 1) left.delete(orderId);
      else left.set(orderId, looks - 1);
  };
  const add = (orderId: string, askedAt: number) => void added.push([orderId, askedAt]);
  return {
    added,
    add,
    look,
    get open() {
      return [...left.keys()];
    },
  };
}

function timed(): Clock & { readonly passed: () => number } {
  let now = 1_000;
  return { now: () => now, sleep: async (ms) => void (now += ms), passed: () => now - 1_000 };
}

describe('settling', () => {
  it('asks again for keys of unknown outcome until they are answered, and follows what became of them', async () => {
    const [ann, bob, watch, clock] = [customerWith({ k1: 3 }), customerWith({ k2: 1 }), watchOf({}), timed()];
    expect(await settle({ customers: [ann, bob] as never, watch, withinMs: 5_000, clock })).toEqual({
      openKeys: [],
      openOrders: [],
    });
    expect([ann.asked, bob.asked]).toEqual([{ k1: 3 }, { k2: 1 }]);
    expect(watch.added).toEqual([
      ['order of k2', 0],
      ['order of k1', 0],
    ]);
    expect(clock.passed()).toBe(500);
  });

  it('waits until something has come of every order', async () => {
    const [watch, clock] = [watchOf({ o1: 4, o2: 2 }), timed()];
    expect((await settle({ customers: [], watch, withinMs: 5_000, clock })).openOrders).toEqual([]);
    expect(clock.passed()).toBe(750);
  });

  it('says what is still open when the time is up', async () => {
    const [ann, watch, clock] = [customerWith({ k1: Infinity }), watchOf({ o1: Infinity }), timed()];
    expect(await settle({ customers: [ann] as never, watch, withinMs: 1_000, clock })).toEqual({
      openKeys: ['k1'],
      openOrders: ['o1'],
    });
    expect(clock.passed()).toBe(1_000);
  });

  it('asks for no further key when the time is up, however many are open', async () => {
    const clock = timed();
    const slow = customerWith({ k1: Infinity, k2: Infinity, k3: Infinity });
    const place = async (wish: Wish) => {
      await clock.sleep(15_000, new AbortController().signal);
      return slow.place(wish);
    };
    await settle({ customers: [{ ...slow, place }] as never, watch: watchOf({}), withinMs: 20_000, clock });
    expect([slow.asked, clock.passed()]).toEqual([{ k1: 1, k2: 1 }, 30_000]);
  });

  it('ends with two looks at the last orders of everybody, the second when the first are over', async () => {
    const ann = customerWith({}, ['o1', 'o2', 'o3', 'o4']);
    let underWay = 0;
    const read = async (orderId: string) => {
      // In each look none but those of the same look are under way.
      expect(ann.looked.length % 3).toBe(underWay++);
      await ann.read(orderId);
      await Promise.resolve();
      underWay -= 1;
    };
    await settle({ customers: [{ ...ann, read }] as never, watch: watchOf({}), withinMs: 1_000, clock: timed() });
    expect(ann.looked).toEqual(['o2', 'o3', 'o4', 'o2', 'o3', 'o4']);
  });

  it('ends with the newest order of everybody asked for again under its key, where there is one', async () => {
    const [ann, bob] = [customerWith({}, ['o1'], { key: 'k1', lines: [] }), customerWith({})];
    const watch = watchOf({});
    await settle({ customers: [ann, bob] as never, watch, withinMs: 1_000, clock: timed() });
    expect([ann.asked, bob.asked, watch.added]).toEqual([{ k1: 1 }, {}, []]);
  });
});
