import type { Collection, FindOptions } from 'mongodb';
import { definePoint, failpoint } from '@souk/failpoints';
import { isDuplicateKey, keepNewest, newestOf, StoreUnavailable, type Versioned, whenReachable } from '@souk/mongo';
import { type Activity, remember } from '../domain/activity.js';
import { LIMITS } from '../domain/basket-index.js';
import type { ChangeFeed } from './change-feed.js';
import type { ActivityDocument, BasketDocument, Collections, ProductDocument, StockDocument } from './documents.js';
import { customerKey } from './keys.js';

/** Few enough for what is read to die young: more would grow the heap for good before the first big collection. */
const READ_AT_ONCE = 500;

/** An answer without clicks is better than none, and who asks waits 300 ms for both. */
const ACTIVITY_WITHIN_MS = 150;
/** Others that write the activity of the same customers in between; more are waited for. */
const ACTIVITY_ATTEMPTS = 5;

const BEFORE_SAVE = definePoint('market.before-save', 'what others did is read, no document is written yet');
const BEFORE_TELL = definePoint('market.before-tell', 'documents are written, nobody is told what changed');
const AFTER_TELL = definePoint('market.after-tell', 'documents are written and told, the offsets are not committed');

/** Documents of the three collections that the market in memory is made of. */
export interface MarketDocuments {
  readonly baskets: readonly BasketDocument[];
  readonly products: readonly ProductDocument[];
  readonly stock: readonly StockDocument[];
}

/** The views of this service, each written from others' events alone; who writes also says what changed. */
export class ViewStore {
  readonly #collections: Collections;
  readonly #feed: ChangeFeed;

  readonly #maxBaskets: number;

  constructor(collections: Collections, feed: ChangeFeed, maxBaskets = LIMITS.baskets) {
    this.#collections = collections;
    this.#feed = feed;
    this.#maxBaskets = maxBaskets;
  }

  /** What this store calls a customer. @throws StoreUnavailable */
  async customerKeys(): Promise<(userId: string) => number> {
    const salt = await this.#feed.epoch();
    return (userId) => customerKey(userId, salt);
  }

  async saveBaskets(baskets: readonly BasketDocument[]): Promise<void> {
    await this.#save('baskets', this.#collections.baskets, baskets);
  }

  async saveProducts(products: readonly ProductDocument[]): Promise<void> {
    await this.#save('products', this.#collections.products, products);
  }

  /**
   * Writes every level, and tells what turns: every order changes a level, hardly one sells a product out. Whether anything was told.
   * The first write touches only what stays as it was, whoever else writes; what it leaves, the second one writes and tells. One who
   * dies before he has told leaves it marked: the same levels come again, and would not seem to turn anything.
   */
  async saveStock(levels: readonly StockDocument[]): Promise<boolean> {
    const newest = newestOf(levels);
    if (newest.length === 0) return false;
    const { stock } = this.#collections;
    const quiet = newest.map(({ _id, version, soldOut }) => ({
      updateOne: {
        filter: { _id, soldOut, untold: { $exists: false }, version: { $lt: version } },
        update: { $set: { version } },
      },
    }));
    await whenReachable(() => stock.bulkWrite(quiet, { ordered: false }));
    const found = await some(
      stock,
      newest.map(({ _id }) => _id),
    );
    const known = new Map(found.map((level) => [level._id, level]));
    const turned = newest.flatMap((level): StockDocument[] => {
      const before = known.get(level._id);
      if (before !== undefined && before.version >= level.version) return before.untold ? [before] : [];
      return [{ ...level, untold: true }];
    });
    await this.#save('stock', stock, turned);
    await this.#told(turned);
    return turned.length > 0;
  }

  /** What somebody else has written since then is his to tell. */
  async #told(levels: readonly StockDocument[]): Promise<void> {
    if (levels.length === 0) return;
    const marks = levels.map(({ _id, version }) => ({
      updateOne: { filter: { _id, version }, update: { $unset: { untold: '' as const } } },
    }));
    await whenReachable(() => this.#collections.stock.bulkWrite(marks, { ordered: false }));
  }

  /**
   * Only what a customer did last is kept. Two processes may write for the same customer, e.g. while partitions change hands: who
   * finds another version than he read reads again. @throws StoreUnavailable when others are faster again and again
   */
  async rememberActivity(byCustomer: ReadonlyMap<number, readonly Activity[]>): Promise<void> {
    if (byCustomer.size === 0) return;
    for (let attempt = 0; attempt < ACTIVITY_ATTEMPTS; attempt++) if (await this.#addActivity(byCustomer)) return;
    throw new StoreUnavailable();
  }

  /** Of a store that does not answer at once it says that it is away. @throws StoreUnavailable */
  async activityOf(customer: number): Promise<readonly Activity[]> {
    const signal = AbortSignal.timeout(ACTIVITY_WITHIN_MS);
    const { activity } = this.#collections;
    try {
      const found = await whenReachable(() => activity.findOne({ _id: String(customer) }, { signal }));
      return found?.activities ?? [];
    } catch (error) {
      if (signal.aborted) throw new StoreUnavailable({ cause: error });
      throw error;
    }
  }

  async forgetActivityBefore(at: number): Promise<void> {
    const old = { newest: { $lt: at } } satisfies Partial<Record<keyof ActivityDocument, unknown>>;
    await whenReachable(() => this.#collections.activity.deleteMany(old));
  }

  /** The documents that changes name (`<collection>/<_id>`). */
  async read(changed: readonly string[]): Promise<MarketDocuments> {
    const [baskets, products, stock] = await Promise.all([
      some(this.#collections.baskets, idsIn('baskets', changed)),
      some(this.#collections.products, idsIn('products', changed)),
      some(this.#collections.stock, idsIn('stock', changed)),
    ]);
    return { baskets, products, stock };
  }

  /** Everything, in parts: `take` is called with as many as are held in memory. */
  async readAll(take: (part: Partial<MarketDocuments>) => void): Promise<void> {
    const { baskets, products, stock } = this.#collections;
    await inParts(products, {}, (part) => take({ products: part }));
    await inParts(stock, { soldOut: true }, (part) => take({ stock: part }));
    // The newest, as many as count: however old the shop is, starting takes no longer.
    const newest = { sort: { at: -1 }, limit: this.#maxBaskets } as const;
    await inParts(baskets, { counts: true }, (part) => take({ baskets: part }), newest);
  }

  /** Whether nobody else wrote in between; adding the same again is harmless. */
  async #addActivity(byCustomer: ReadonlyMap<number, readonly Activity[]>): Promise<boolean> {
    const { activity } = this.#collections;
    const known = new Map(
      (await some(activity, [...byCustomer.keys()].map(String))).map((found) => [found._id, found]),
    );
    const writes = [...byCustomer].map(([customer, more]) => {
      const _id = String(customer);
      const before = known.get(_id);
      const version = before?.version ?? 0;
      const activities = remember(before?.activities ?? [], more);
      const replacement = { version: version + 1, newest: activities[0]?.at ?? 0, activities };
      return { replaceOne: { filter: { _id, version }, replacement, upsert: before === undefined } };
    });
    try {
      const done = await whenReachable(() => activity.bulkWrite(writes, { ordered: false }));
      return done.matchedCount + done.upsertedCount === writes.length;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      return false;
    }
  }

  async #save<D extends Versioned>(name: string, collection: Collection<D>, documents: readonly D[]): Promise<void> {
    await failpoint(BEFORE_SAVE);
    await keepNewest(collection, documents);
    await failpoint(BEFORE_TELL);
    await this.#feed.append([...new Set(documents.map(({ _id }) => `${name}/${_id}`))]);
    await failpoint(AFTER_TELL);
  }
}

const idsIn = (name: string, changed: readonly string[]): string[] =>
  changed.flatMap((change) => (change.startsWith(`${name}/`) ? [change.slice(name.length + 1)] : []));

function some<D extends Versioned>(collection: Collection<D>, ids: readonly string[]): Promise<D[]> {
  if (ids.length === 0) return Promise.resolve([]);
  const filter = { _id: { $in: ids } } as unknown as Parameters<typeof collection.find>[0];
  return whenReachable(() => collection.find(filter).toArray() as unknown as Promise<D[]>);
}

async function inParts<D extends Versioned>(
  collection: Collection<D>,
  filter: object,
  take: (part: readonly D[]) => void,
  options: FindOptions = {},
): Promise<void> {
  await whenReachable(async () => {
    const cursor = collection.find(filter, { ...options, batchSize: READ_AT_ONCE });
    while (await cursor.hasNext()) take(cursor.readBufferedDocuments() as unknown as readonly D[]);
  });
}
