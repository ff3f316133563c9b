import { describe, expect, it } from '@jest/globals';
import { EveryoneFlies } from './flights.naive.js';
import { forever } from './lifetimes.naive.js';
import { jittered } from './lifetimes.js';
import { aShop, cardAt, cards, settled } from './test/cache.mother.js';

const KEY = '{test:1}:card:a';

describe('reading', () => {
  it('CCH-1 loads on a miss, keeps and returns; a hit asks the store nothing', async () => {
    const { card, store, cache, clock } = aShop();
    expect(await card('a')).toEqual({ title: 'Apple', version: 1 });
    expect(await card('a')).toEqual({ title: 'Apple', version: 1 });
    clock.ms += 1_500;
    expect(await card('a')).toEqual({ title: 'Apple', version: 1 });
    expect(store.queries).toBe(1);
    expect(cache.counters.of('card')).toMatchObject({ misses: 1, loads: 1, localHits: 1, sharedHits: 1 });
  });

  it('CCH-8 what one replica has loaded the others need not, and their own copies end after a second', async () => {
    const { card, replica, store, clock, shared } = aShop();
    const other = replica();
    await card('a');
    await other.card('a');
    expect(store.queries).toBe(1);
    shared.entries.clear();
    clock.ms += 999;
    await other.card('a');
    expect(store.queries).toBe(1);
    clock.ms += 1;
    await other.card('a');
    expect(store.queries).toBe(2);
  });

  it('CCH-3 every entry ends, at a time of its own, within its time to live', async () => {
    const { card, shared, store, clock } = aShop({ lifetimes: jittered(() => 0.5) });
    await card('a');
    expect(shared.entries.get(KEY)?.endsAt).toBe(Math.ceil((60_000 - 1_000) * 0.95));
    clock.ms = 60_000;
    await card('a');
    expect(store.queries).toBe(2);
  });

  it('CCH-4 nothing found is no value: it is asked for again', async () => {
    const { card, store, shared } = aShop();
    expect(await card('z')).toBeUndefined();
    expect(await card('z')).toBeUndefined();
    expect(store.queries).toBe(2);
    expect(shared.entries.size).toBe(0);
  });

  it('CCH-4 where it is asked for, nothing is remembered for a moment, by the process alone, and until it is written', async () => {
    const { card, replica, put, store, shared, clock } = aShop();
    const brief = { ...cards, absentMs: () => 500 };
    await card('z', brief);
    expect(await card('z', brief)).toBeUndefined();
    expect([store.queries, shared.entries.size]).toEqual([1, 0]);
    await replica().put('z', 'Zest');
    expect(await card('z', brief)).toMatchObject({ title: 'Zest' });
    await card('y', brief);
    clock.ms += 500;
    await put('x', 'Other');
    await card('y', brief);
    expect(store.queries).toBe(4);
  });

  it('passes on what the store throws, to all who wait, and keeps nothing', async () => {
    const { cache, shared, card } = aShop();
    const broken = async (): Promise<never> => {
      throw new Error('the store is down');
    };
    const asked = [1, 2, 3].map(() => cache.read(cards, cardAt('a'), broken));
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(cache.counters.of('card')).toMatchObject({ loads: 1, loadErrors: 1 });
    expect(shared.entries.size).toBe(0);
    expect(await card('a')).toMatchObject({ title: 'Apple' });
  });

  it('keeps only what is worth it', async () => {
    const { card, store, shared } = aShop();
    const long = { ...cards, isKept: ({ title }: { title: string }) => title.length > 10 };
    await card('a', long);
    await card('a', long);
    expect([store.queries, shared.entries.size]).toEqual([2, 0]);
  });

  it('switched off asks the store each time, and is told of changes all the same', async () => {
    const state = { on: true };
    const { card, put, store } = aShop({ enabled: () => state.on });
    await card('a');
    state.on = false;
    await card('a');
    await put('a', 'Apricot');
    expect(store.queries).toBe(2);
    state.on = true;
    expect(await card('a')).toMatchObject({ title: 'Apricot' });
  });
});

describe('a hundred who miss together', () => {
  const stampede = async (options = {}) => {
    const { card, store, cache } = aShop(options);
    const answers = await Promise.all(Array.from({ length: 100 }, () => card('a')));
    expect(new Set(answers.map((answer) => answer?.title))).toEqual(new Set(['Apple']));
    return { queries: store.queries, joined: cache.stats().joined };
  };

  it('CCH-11 read the store once', async () => expect(await stampede()).toEqual({ queries: 1, joined: 99 }));

  it('CCH-11 read it a hundred times without single flight', async () =>
    expect(await stampede({ flights: new EveryoneFlies() })).toEqual({ queries: 100, joined: 0 }));
});

describe('a change that nobody tells of', () => {
  const seenAfter = async (ms: number, options = {}) => {
    const { card, store, clock } = aShop(options);
    await card('a');
    store.put('a', 'Apricot');
    // Read all the time, as popular things are.
    for (; clock.ms < ms; clock.ms += 500) await card('a');
    return (await card('a'))?.title;
  };

  it('CCH-7 is seen after one time to live, whoever reads in between', async () => {
    expect(await seenAfter(30_000)).toBe('Apple');
    expect(await seenAfter(60_000)).toBe('Apricot');
  });

  it('CCH-7 is never seen where copies have no end', async () =>
    expect(await seenAfter(3_600_000, { lifetimes: forever })).toBe('Apple'));
});

describe('what is in the shared level', () => {
  const foreign = [
    ['half of an entry', '1 {"title":"App'],
    ['no entry at all', 'hello'],
    ['an empty text', ''],
    ['another shape', '1 {"name":"Apple"}'],
    ['a version that is none', 'x {"title":"Apple","version":1}'],
    ['a version out of all bounds', '99999999999999999999 {"title":"Evil","version":1}'],
  ] as const;

  it.each(foreign)('is no answer when it is %s, and is removed', async (_what, text) => {
    const { card, cache, shared, clock } = aShop();
    shared.entries.set(KEY, { text, endsAt: clock.ms + 60_000 });
    expect(await card('a')).toEqual({ title: 'Apple', version: 1 });
    expect(cache.counters.of('card')).toMatchObject({ unreadable: 1, loads: 1 });
    await settled();
    expect(shared.entries.get(KEY)?.text).toBe('1 {"title":"Apple","version":1}');
  });

  it('is removed also where there is nothing to put in its place', async () => {
    const { card, shared } = aShop();
    shared.entries.set('{test:1}:card:z', { text: 'hello', endsAt: Infinity });
    expect(await card('z')).toBeUndefined();
    expect(shared.entries.size).toBe(0);
  });

  it('of another version of the program is never read', async () => {
    const { card, replica, store } = aShop();
    await card('a');
    await replica({ namespace: 'test:2' }).card('a');
    expect(store.queries).toBe(2);
  });

  it('CCH-9 is missed by nobody when it is away', async () => {
    const { card, put, shared, store } = aShop();
    shared.up = false;
    expect(await card('a')).toMatchObject({ title: 'Apple' });
    await put('a', 'Apricot');
    expect(await card('a')).toMatchObject({ title: 'Apricot' });
    expect(store.queries).toBe(2);
  });

  it('CCH-9 may not exist at all', async () => {
    const { replica, store } = aShop();
    const { card, put, cache } = replica({ shared: undefined });
    await card('a');
    await card('a');
    expect(store.queries).toBe(1);
    await put('a', 'Apricot');
    expect(await card('a')).toMatchObject({ title: 'Apricot' });
    expect(cache.stats().entries).toBe(1);
  });
});

describe('a change that is told of', () => {
  it('CCH-7 is seen at once by every replica, in everything that shows it', async () => {
    const { card, titles, put, replica, store } = aShop();
    const other = replica();
    await Promise.all([card('a'), titles()]);
    await Promise.all([other.card('a'), other.titles()]);
    await put('a', 'Apricot');
    const seen = [await card('a'), await titles(), await other.card('a'), await other.titles()];
    expect(seen).toEqual([
      { title: 'Apricot', version: 2 },
      ['Apricot'],
      { title: 'Apricot', version: 2 },
      ['Apricot'],
    ]);
    expect([await card('a'), await other.titles()]).toEqual([seen[0], seen[1]]);
    // Each was loaded once before and once after, by one for both.
    expect(store.queries).toBe(4);
  });

  it('outdates nothing else', async () => {
    const { card, put, store } = aShop();
    store.put('b', 'Banana');
    await card('b');
    await put('a', 'Apricot');
    const { queries } = store;
    await card('b');
    expect(store.queries).toBe(queries);
  });

  it('and told again costs no copy', async () => {
    const { card, titles, put, cache, store } = aShop();
    await put('a', 'Apricot');
    await Promise.all([card('a'), titles()]);
    const { queries } = store;
    await cache.changed({ tag: 'card-a', version: 2, also: ['titles'] });
    await cache.changed({ tag: 'card-a', version: 1, also: ['titles'] });
    await Promise.all([card('a'), titles()]);
    expect(store.queries).toBe(queries);
  });
});
