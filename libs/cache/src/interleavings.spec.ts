import { describe, expect, it } from '@jest/globals';
import {
  aGate,
  aReplica,
  aShop,
  cardAt,
  cards,
  CardStore,
  changeOf,
  settled,
  TITLES,
  titles,
} from './test/cache.mother.js';
import { MemoryLevel } from './memory-level.js';
import type { Change } from './shared-level.js';

/** A reader who has read the store and comes to keep it only when the gate opens. */
const slowly = <T>(find: () => Promise<T>) => {
  const gate = aGate();
  const load = async (): Promise<T> => {
    const found = await find();
    await gate.opens;
    return found;
  };
  return { load, finish: gate.open };
};

describe('a write and a reader at the same time', () => {
  it('CCH-2 store first, copies after: the reader in between leaves nothing old', async () => {
    const { titles: read, cache, store } = aShop();
    await read();
    const card = store.put('a', 'Apricot');
    await read();
    await cache.changed(changeOf('a', card));
    expect(await read()).toEqual(['Apricot']);
  });

  it('CCH-2 the other way round he makes a new copy of what is old', async () => {
    const { titles: read, cache, store } = aShop();
    await read();
    await cache.changed(changeOf('a', { title: 'Apricot', version: 2 }));
    await read();
    store.put('a', 'Apricot');
    expect(await read()).toEqual(['Apple']);
  });

  it('CCH-2 a version forgives it where there is one: what is older than announced is answered and not kept', async () => {
    const { card, cache, store } = aShop();
    await cache.changed(changeOf('a', { title: 'Apricot', version: 2 }));
    expect(await card('a')).toMatchObject({ title: 'Apple' });
    store.put('a', 'Apricot');
    expect(await card('a')).toMatchObject({ title: 'Apricot' });
  });
});

describe('somebody who reads while a change is being told, where no message comes', () => {
  /** Questions are answered when the gate opens; nobody is told anything. */
  const aSlowLevel = () => {
    const gate = aGate();
    const level = new (class extends MemoryLevel {
      slow = false;
      override onRaised(): void {
        // Lost.
      }
      override async read(key: string, tag: string) {
        const seen = await super.read(key, tag);
        if (this.slow) await gate.opens;
        return seen;
      }
      override async raise(change: Change) {
        if (this.slow) await gate.opens;
        return super.raise(change);
      }
    })();
    return { level, open: gate.open };
  };

  it('CCH-7 leaves nothing old in the process: its copies go last', async () => {
    const { level, open } = aSlowLevel();
    const { store, replica } = aShop();
    const { cache, card } = replica({ shared: level });
    await card('a');
    const change = changeOf('a', store.put('a', 'Apricot'));
    await card('a');
    level.slow = true;
    const told = cache.changed(change);
    level.slow = false;
    await card('a');
    open();
    await told;
    expect(await card('a')).toMatchObject({ title: 'Apricot' });
  });

  it('CCH-12 keeps nothing of an answer that the change has overtaken', async () => {
    const { level, open } = aSlowLevel();
    const { store, replica } = aShop();
    const [one, other] = [replica({ shared: level }), replica({ shared: level })];
    await other.card('a');
    level.slow = true;
    const late = one.card('a');
    await settled();
    level.slow = false;
    await one.put('a', 'Apricot');
    open();
    expect(await late).toMatchObject({ title: 'Apple' });
    expect(await one.card('a')).toMatchObject({ title: 'Apricot' });
    expect(store.queries).toBe(2);
  });
});

describe('a slow reader', () => {
  it.each(['its own process', 'another process'])('CCH-12 keeps nothing old after a change by %s', async (who) => {
    const { cache, card, replica, store } = aShop();
    const reader = slowly(() => store.find('a'));
    const late = cache.read(cards, cardAt('a'), reader.load);
    await settled();
    await (who === 'its own process' ? { cache } : replica()).cache.changed(changeOf('a', store.put('a', 'Apricot')));
    expect(await card('a')).toMatchObject({ title: 'Apricot' });
    reader.finish();
    expect(await late).toBe('{"title":"Apple","version":1}');
    expect(await card('a')).toMatchObject({ title: 'Apricot' });
    expect(await replica().card('a')).toMatchObject({ title: 'Apricot' });
  });

  it('CCH-12 overwrites a newer entry at most, which is a miss and no old answer, where nobody told his process', async () => {
    const store = new CardStore();
    store.put('a', 'Apple');
    const shared = new MemoryLevel();
    const deaf = new (class extends MemoryLevel {
      override read = shared.read.bind(shared);
      override write = shared.write.bind(shared);
    })();
    const [reader, other] = [aReplica(store, deaf), aReplica(store, shared)];
    const slow = slowly(() => store.find('a'));
    const slowList = slowly(() => store.titles());
    const late = [reader.cache.read(cards, cardAt('a'), slow.load), reader.cache.read(titles, TITLES, slowList.load)];
    await settled();
    await other.put('a', 'Apricot');
    await Promise.all([other.card('a'), other.titles()]);
    slow.finish();
    slowList.finish();
    await Promise.all(late);
    expect(shared.entries.get('{test:1}:card:a')?.text).toMatch(/^1 /);
    const third = aReplica(store, shared);
    expect(await third.card('a')).toMatchObject({ title: 'Apricot' });
    expect(await third.titles()).toEqual(['Apricot']);
    expect(third.cache.counters.of('card')).toMatchObject({ outdated: 1, unreadable: 0 });
  });

  it('is not joined by who comes after the change', async () => {
    const { cache, store, card } = aShop();
    const reader = slowly(() => store.find('a'));
    const late = cache.read(cards, cardAt('a'), reader.load);
    await settled();
    await cache.changed(changeOf('a', store.put('a', 'Apricot')));
    const second = slowly(() => store.find('a'));
    const after = cache.read(cards, cardAt('a'), second.load);
    await settled();
    reader.finish();
    expect(await late).toContain('Apple');
    // He who landed is not the one whom others wait for.
    const joining = card('a');
    second.finish();
    expect([await after, (await joining)?.title]).toEqual([expect.stringContaining('Apricot'), 'Apricot']);
    expect(store.queries).toBe(2);
    await card('a');
    expect(store.queries).toBe(2);
  });

  it('of something else is not disturbed', async () => {
    const { cache, card, store } = aShop();
    store.put('b', 'Banana');
    const reader = slowly(() => store.find('b'));
    const late = cache.read(cards, cardAt('b'), reader.load);
    await settled();
    await cache.changed(changeOf('a', store.put('a', 'Apricot')));
    reader.finish();
    await late;
    await card('b');
    expect(store.queries).toBe(1);
  });

  it('of a store that lags behind keeps nothing older than what is known', async () => {
    const { cache, card, put, store, shared } = aShop();
    await put('a', 'Apricot');
    await cache.read(cards, cardAt('a'), async () => ({ title: 'Apple', version: 1 }));
    await settled();
    expect(shared.entries.size).toBe(0);
    expect(await card('a')).toMatchObject({ title: 'Apricot' });
    expect(store.queries).toBe(1);
  });

  it('who took longer than a floor is sure to last keeps nothing', async () => {
    const { cache, store, shared, clock } = aShop();
    const reader = slowly(() => store.find('a'));
    const late = cache.read(cards, cardAt('a'), reader.load);
    await settled();
    clock.ms += 60_000;
    reader.finish();
    await late;
    expect([shared.entries.size, cache.stats().entries]).toEqual([0, 0]);
  });
});
