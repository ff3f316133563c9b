import { prepareDeadLetters, type Versioned } from '@souk/mongo';
import type { Collection, Db } from 'mongodb';
import type { Activity } from '../domain/activity.js';
import type { AssortmentProduct } from '../domain/assortment.js';

/** One order, `_id` its id. Names no person: `customer` is a key (keys.ts). */
export interface BasketDocument extends Versioned {
  /** Confirmed, and neither sent back, cancelled nor refunded. */
  readonly counts: boolean;
  readonly customer: number;
  /** Placed at, ms. */
  readonly at: number;
  readonly skus: readonly string[];
}

/** `_id` is the product id. */
export interface ProductDocument extends Versioned, Omit<AssortmentProduct, 'productId'> {}

/** `_id` is the sku. */
export interface StockDocument extends Versioned {
  readonly soldOut: boolean;
  /** It turned, and nobody was told so far: who finds it so tells. */
  readonly untold?: true;
}

/** What one customer did lately; `_id` is his key as text. */
export interface ActivityDocument extends Versioned {
  readonly newest: number;
  readonly activities: readonly Activity[];
}

/** The one document that tells every replica what changed (change-feed.ts). */
export interface ChangesDocument {
  readonly _id: 'changes';
  /** Random, made with the document: another one means that the store was emptied. Also what customer keys are salted with (keys.ts). */
  readonly epoch: string;
  /** Changes so far. */
  readonly count: number;
  /** The last of them, oldest first: `<collection>/<_id>`. */
  readonly recent: readonly string[];
  /** Replica → what it has read of its topics. */
  readonly readers: Readonly<Record<string, ReaderState>>;
  /** The last moment that all replicas together were known to have read up to. */
  readonly asOf?: Date;
}

export interface ReaderState {
  readonly asOf: Date | null;
  /** When it said so. */
  readonly at: Date;
}

export interface Collections {
  readonly baskets: Collection<BasketDocument>;
  readonly products: Collection<ProductDocument>;
  readonly stock: Collection<StockDocument>;
  readonly activity: Collection<ActivityDocument>;
  readonly changes: Collection<ChangesDocument>;
}

export const collectionsOf = (db: Db): Collections => ({
  baskets: db.collection('baskets'),
  products: db.collection('products'),
  stock: db.collection('stock'),
  activity: db.collection('activity'),
  changes: db.collection('changes'),
});

/** Idempotent. The newest baskets that count are found without looking at the others. */
export async function createIndexes(db: Db): Promise<void> {
  await collectionsOf(db).baskets.createIndex({ counts: 1, at: -1 });
  await prepareDeadLetters(db);
}
