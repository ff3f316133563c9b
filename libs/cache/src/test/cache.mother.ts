import { CacheAside } from '../cache-aside.js';
import type { CacheAsideOptions, Kind } from '../cache-aside.js';
import { MemoryLevel } from '../memory-level.js';
import type { SharedLevel } from '../shared-level.js';

export interface Card {
  readonly title: string;
  readonly version: number;
}

const isCard = (value: unknown): value is Card =>
  typeof value === 'object' && value !== null && 'title' in value && 'version' in value;

/** Cards have versions of their own. */
export const cards: Kind<Card> = {
  name: 'card',
  isValid: isCard,
  ttlMs: () => 60_000,
  localMs: () => 1_000,
  versionOf: ({ version }) => version,
};

/** Titles of all cards: no version, but out of date with every card. */
export const titles: Kind<readonly string[]> = {
  name: 'titles',
  isValid: Array.isArray,
  ttlMs: () => 60_000,
  localMs: () => 1_000,
};

/** A store that counts what it is asked. */
export class CardStore {
  readonly rows = new Map<string, Card>();
  queries = 0;

  async find(id: string): Promise<Card | undefined> {
    this.queries += 1;
    return this.rows.get(id);
  }

  async titles(): Promise<string[]> {
    this.queries += 1;
    return [...this.rows.values()].map(({ title }) => title);
  }

  /** The next version of a card. */
  put(id: string, title: string): Card {
    const card = { title, version: (this.rows.get(id)?.version ?? 0) + 1 };
    this.rows.set(id, card);
    return card;
  }
}

export class Clock {
  ms = 0;
  readonly now = (): number => this.ms;
}

export type Options = Partial<CacheAsideOptions> & { readonly shared?: SharedLevel | undefined };

/** A process with a cache before a store; several on one level are replicas. */
export const aReplica = (store: CardStore, shared: SharedLevel | undefined, options: Options = {}) => {
  const cache = new CacheAside({ namespace: 'test:1', shared, maxBytes: 1_000_000, ...options });
  return {
    cache,
    card: async (id: string, kind = cards) => toValue<Card>(await cache.read(kind, cardAt(id), () => store.find(id))),
    titles: async () => toValue<string[]>(await cache.read(titles, TITLES, () => store.titles())),
    /** Store first, copies after. */
    put: async (id: string, title: string) => cache.changed(changeOf(id, store.put(id, title))),
  };
};

export const TITLES = { id: 'all', tag: 'titles' };
export const cardAt = (id: string) => ({ id, tag: `card-${id}` });
export const changeOf = (id: string, { version }: Card) => ({ tag: cardAt(id).tag, version, also: [TITLES.tag] });

const toValue = <T>(text: string | undefined): T | undefined =>
  text === undefined ? undefined : (JSON.parse(text) as T);

export const aShop = (options: Options = {}) => {
  const clock = new Clock();
  const store = new CardStore();
  const shared = new MemoryLevel(clock.now);
  store.put('a', 'Apple');
  const replica = (more: Options = {}) => aReplica(store, shared, { now: clock.now, ...options, ...more });
  return { clock, store, shared, replica, ...replica() };
};

/** Something that happens when the test says so. */
export const aGate = () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opens: promise, open: resolve };
};

/** Long enough for everything that waits for nothing but its turn. */
export const settled = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
