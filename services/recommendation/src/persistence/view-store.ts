import type { Collection } from 'mongodb';
import { whenReachable } from '@souk/mongo';
import { type Activity, remember } from '../domain/activity.js';
import type { ChangeFeed } from './change-feed.js';
import type {
  ActivityDocument,
  BasketDocument,
  Collections,
  ProductDocument,
  StockDocument,
  Versioned,
} from './documents.js';
import { keepNewest, newestOf } from './keep-newest.js';

/** Few enough for what is read to die young: more would grow the heap for good before the first big collection. */
const READ_AT_ONCE = 500;

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

  constructor(collections: Collections, feed: ChangeFeed) {
    this.#collections = collections;
    this.#feed = feed;
  }

  async saveBaskets(baskets: readonly BasketDocument[]): Promise<void> {
    await this.#save('baskets', this.#collections.baskets, baskets);
  }

  async saveProducts(products: readonly ProductDocument[]): Promise<void> {
    await this.#save('products', this.#collections.products, products);
  }

  /**
   * Writes only what turns: every order changes a level, hardly one sells a product out. A level that is left out says what the store
   * says, so an older one that comes again finds the newer turn. Whether anything was written.
   */
  async saveStock(levels: readonly StockDocument[]): Promise<boolean> {
    const newest = newestOf(levels);
    const ids = newest.map(({ _id }) => _id);
    const found = await some(this.#collections.stock, ids);
    const soldOut = new Set(found.flatMap((document) => (document.soldOut ? [document._id] : [])));
    const turned = newest.filter((level) => level.soldOut !== soldOut.has(level._id));
    await this.#save('stock', this.#collections.stock, turned);
    return turned.length > 0;
  }

  /** Only what a customer did last is kept; a key is consumed by one process at a time, so reading before writing is safe. */
  async rememberActivity(byCustomer: ReadonlyMap<number, readonly Activity[]>): Promise<void> {
    const ids = [...byCustomer.keys()].map(String);
    const found = await whenReachable(() => this.#collections.activity.find({ _id: { $in: ids } }).toArray());
    const known = new Map(found.map((document) => [document._id, document]));
    const documents = [...byCustomer].map(([customer, more]) => {
      const before = known.get(String(customer));
      const activities = remember(before?.activities ?? [], more);
      return { _id: String(customer), version: (before?.version ?? 0) + 1, newest: activities[0]?.at ?? 0, activities };
    });
    await keepNewest(this.#collections.activity, documents);
  }

  async activityOf(customer: number): Promise<readonly Activity[]> {
    const found = await whenReachable(() => this.#collections.activity.findOne({ _id: String(customer) }));
    return found?.activities ?? [];
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
    await inParts(baskets, { counts: true }, (part) => take({ baskets: part }));
  }

  async #save<D extends Versioned>(name: string, collection: Collection<D>, documents: readonly D[]): Promise<void> {
    await keepNewest(collection, documents);
    await this.#feed.append([...new Set(documents.map(({ _id }) => `${name}/${_id}`))]);
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
): Promise<void> {
  await whenReachable(async () => {
    const cursor = collection.find(filter, { batchSize: READ_AT_ONCE });
    while (await cursor.hasNext()) take(cursor.readBufferedDocuments() as unknown as readonly D[]);
  });
}
