import { randomBytes } from 'node:crypto';
import type { Collection, Db } from 'mongodb';
import { StoreUnavailable, whenReachable } from '@souk/mongo';
import type { OrderDocument, ProductDocument, SaleDocument } from './documents.js';

/** Which collections are the views. A generation is one build of them: `orders_<generation>` and `sales_<generation>`. */
export interface ViewState {
  readonly _id: 'views';
  readonly active: string;
  /** The generation that a rebuild fills: whoever projects writes to it too. */
  readonly building: string | null;
  /** Whether nothing was found missing since `building` was begun. */
  readonly whole?: boolean;
  /** False until the active generation holds everything that happened before it was begun. */
  readonly complete: boolean;
  /** Of the documents; views of an older release are begun anew. */
  readonly format: number;
  /** Makes pseudonyms; the same for every generation, so that builds can be compared. */
  readonly salt: string;
}

export interface Generation {
  readonly orders: Collection<OrderDocument>;
  readonly sales: Collection<SaleDocument>;
}

/** Raised with every change of what documents look like. */
export const FORMAT = 2;

/** How long readers may take an old state for the current one, in ms. */
const CACHE_MS = 1_000;
const GENERATION = /^(orders|sales)_([0-9a-f]{12})$/;

export const newGeneration = (): string => randomBytes(6).toString('hex');

/** The views of order-query, who may be read now and who has to be written. */
export class Views {
  readonly #db: Db;
  #cached: { readonly state: Promise<ViewState>; readonly until: number } | undefined;

  constructor(db: Db) {
    this.#db = db;
  }

  generation(name: string): Generation {
    return { orders: this.#db.collection(`orders_${name}`), sales: this.#db.collection(`sales_${name}`) };
  }

  get products(): Collection<ProductDocument> {
    return this.#db.collection('products');
  }

  /** For writers: as it is now; begun anew where the database was emptied. @throws StoreUnavailable beside a newer release */
  async current(): Promise<ViewState> {
    const found = await whenReachable(() => this.#state.findOne({ _id: 'views' }));
    const state = found !== null && found.format >= FORMAT ? found : await whenReachable(() => this.#begin());
    if (state.format > FORMAT) throw new StoreUnavailable({ cause: new Error('the views are of a newer release') });
    return state;
  }

  /** For readers: at most a second old. */
  async recent(): Promise<ViewState> {
    const now = performance.now();
    if (this.#cached === undefined || this.#cached.until < now) {
      const state = this.current();
      this.#cached = { state, until: now + CACHE_MS };
      state.catch(() => (this.#cached = undefined));
    }
    return this.#cached.state;
  }

  /** From now on everybody projects into `generation` as well. */
  async beginBuilding(generation: string): Promise<void> {
    await this.current();
    // Named before it exists: what the state does not name, `dropUnused` of another process takes away.
    const begun = { building: generation, whole: true };
    await whenReachable(() => this.#state.updateOne({ _id: 'views' }, { $set: begun }));
    await this.#createIndexes(generation);
  }

  /**
   * Readers go over to `generation`, unless a later rebuild has taken its place; whether they do. Where something was found missing
   * meanwhile, the scan may have been past it: then it is still not complete.
   */
  async swap(generation: string): Promise<boolean> {
    const to = async (complete: boolean): Promise<boolean> => {
      const building = { _id: 'views' as const, building: generation, ...(complete && { whole: true }) };
      const active = { active: generation, building: null, complete };
      return (await whenReachable(() => this.#state.updateOne(building, { $set: active }))).matchedCount === 1;
    };
    return (await to(true)) || to(false);
  }

  async abandon(generation: string): Promise<void> {
    await whenReachable(() =>
      this.#state.updateOne({ _id: 'views', building: generation }, { $set: { building: null } }),
    );
  }

  /** The active generation is known to lack something, and the one that is being built may. */
  async markIncomplete(): Promise<void> {
    await this.current();
    const lacking = { complete: false, whole: false };
    await whenReachable(() => this.#state.updateOne({ _id: 'views' }, { $set: lacking }));
  }

  /** Generations that nobody reads or fills: of rebuilds that were killed, or before the last swap. */
  async dropUnused(): Promise<void> {
    // Listed first: whatever is begun after that is not in the list, and what is in it was named before.
    const collections = await whenReachable(() => this.#db.listCollections({}, { nameOnly: true }).toArray());
    const { active, building } = await this.current();
    for (const { name } of collections) {
      const generation = GENERATION.exec(name)?.[2];
      if (generation !== undefined && generation !== active && generation !== building) {
        await this.#db.dropCollection(name);
      }
    }
  }

  get #state(): Collection<ViewState> {
    return this.#db.collection('views');
  }

  /** Two that begin at once agree on the one who was first. */
  async #begin(): Promise<ViewState> {
    const begun = { active: newGeneration(), building: null, complete: false, format: FORMAT };
    const salt = randomBytes(18).toString('base64url');
    await this.#state.updateOne({ _id: 'views' }, { $setOnInsert: { ...begun, salt } }, { upsert: true });
    // Older ones only: a process of an old release must not take those of a newer one back.
    await this.#state.updateOne({ _id: 'views', format: { $lt: FORMAT } }, { $set: begun });
    const state = (await this.#state.findOne({ _id: 'views' })) ?? { _id: 'views', ...begun, salt };
    await this.#createIndexes(state.active);
    return state;
  }

  /** Each index is a query: own orders; everybody's; by status; by product; the reports' range of days. */
  async #createIndexes(name: string): Promise<void> {
    const { orders, sales } = this.generation(name);
    await whenReachable(async () => {
      await orders.createIndexes([
        { key: { userId: 1, position: -1 } },
        { key: { position: -1 } },
        { key: { status: 1, position: -1 } },
        { key: { skus: 1, position: -1 } },
      ]);
      await sales.createIndex({ confirmed: 1, day: 1 });
    });
  }
}
