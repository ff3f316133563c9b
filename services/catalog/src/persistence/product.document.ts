import { Schema } from 'mongoose';
import type { Connection, Model } from 'mongoose';
import { laneOf } from '@souk/outbox';
import type { DocumentWithEvents } from '@souk/mongo';
import type { Decision, Product, ProductFact } from '../domain/product.js';
import { searchWords, sortKey } from '../domain/search-words.js';
import { toPendingEvents } from '../messaging/product-events.js';

/** A product as it is stored, together with the events about it that still have to be published. */
export interface ProductDocument extends Omit<Product, 'productId'>, DocumentWithEvents {
  readonly sortKey: string;
  readonly searchWords: readonly string[];
  /** Fingerprint of the body it was created from: tells a repeated creation from a conflicting one. */
  readonly request: string;
  /** What happened at `version`. */
  readonly fact: ProductFact;
}

const text = { type: String, required: true } as const;
const number = { type: Number, required: true } as const;
const date = { type: Date, required: true } as const;

const money = new Schema({ amount: number, currency: text }, { _id: false, strict: 'throw' });
const pendingEvent = new Schema(
  { id: text, topic: text, key: text, value: text, headers: { type: Schema.Types.Mixed, required: true } },
  { _id: false, id: false, strict: 'throw' },
);

const schema = new Schema<ProductDocument>(
  {
    _id: { type: String, required: true },
    sku: text,
    name: text,
    description: { type: String, default: '' },
    category: text,
    price: { type: money, required: true },
    status: { type: String, enum: ['active', 'retired'], required: true },
    version: number,
    createdAt: date,
    updatedAt: date,
    sortKey: { type: String, default: '' },
    searchWords: [String],
    request: text,
    fact: text,
    pendingLane: number,
    pending: [pendingEvent],
  },
  { strict: 'throw', strictQuery: 'throw', versionKey: false, autoIndex: false, autoCreate: false, id: false },
);

schema.index({ sku: 1 }, { unique: true });
schema.index({ pendingLane: 1, _id: 1 });
schema.index({ status: 1, category: 1, sortKey: 1, _id: 1 });
schema.index({ status: 1, sortKey: 1, _id: 1 });
schema.index({ status: 1, 'price.amount': 1, _id: 1 });
schema.index({ status: 1, createdAt: -1, _id: -1 });
schema.index({ searchWords: 1 });

export type ProductModel = Model<ProductDocument>;

export const productModel = (connection: Connection): ProductModel =>
  connection.model<ProductDocument>('Product', schema, 'products');

/** The part of a document that follows from the product; the rest (`pending`, `request`) has a life of its own. */
export const toFields = ({
  product,
  fact,
}: Required<Decision>): Omit<ProductDocument, '_id' | 'request' | 'pending'> => {
  const { productId, ...fields } = product;
  return {
    ...fields,
    fact,
    sortKey: sortKey(product.name),
    searchWords: searchWords(product.name, product.description),
    pendingLane: laneOf(productId),
  };
};

/** For the repository alone: rebuilds a product from what was stored and decides nothing. */
export const fromDocument = (document: Omit<ProductDocument, 'pending'>): Product => ({
  productId: document._id,
  sku: document.sku,
  name: document.name,
  description: document.description,
  category: document.category,
  price: { amount: document.price.amount, currency: document.price.currency },
  status: document.status,
  version: document.version,
  createdAt: document.createdAt,
  updatedAt: document.updatedAt,
});

/** Makes the newest event of these products pending again, under its old id; consumers that have it absorb it. */
export const restate = async (model: ProductModel, productIds: readonly string[]): Promise<void> => {
  for (const _id of productIds) {
    const document = await model.findById(_id).lean<ProductDocument>();
    if (document === null) continue;
    const events = toPendingEvents({ product: fromDocument(document), fact: document.fact });
    // A product that has moved on meanwhile has a newer event on its way behind whatever was published so far.
    await model.updateOne(
      { _id, version: document.version },
      { $push: { pending: { $each: events } }, $set: { pendingLane: laneOf(_id) } },
    );
  }
};
