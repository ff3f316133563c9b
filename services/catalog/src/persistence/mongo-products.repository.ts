/** One product is one document, its unpublished events inside (docs/adr/0003); writes are conditional on the version. */
import type { QueryFilter } from 'mongoose';
import { definePoint, failpoint } from '@souk/failpoints';
import { isDuplicateKey, whenReachable } from '@souk/mongo';
import { CatalogError } from '../domain/catalog.errors.js';
import type { Decision, Product } from '../domain/product.js';
import { searchWords } from '../domain/search-words.js';
import { toPendingEvents } from '../messaging/product-events.js';
import { fromDocument, toFields } from './product.document.js';
import type { ProductDocument, ProductModel } from './product.document.js';
import { ProductsRepository } from './products.repository.js';
import type { CategoryCount, Insertion, ProductSort, ProductsQuery } from './products.repository.js';

/** Every lost round is one that somebody else won: only more writers than this at one product at once can fail. */
const MAX_ROUNDS = 50;

const BEFORE_WRITE = definePoint('catalog.before-write', 'a change of a product is decided, nothing is written');
const AFTER_WRITE = definePoint('catalog.after-write', 'a product is stored with its events, the relay sleeps on');

/** `_id` makes every order total: equal names or prices keep their places from page to page. */
const orders: Record<ProductSort, Record<string, 1 | -1>> = {
  name: { sortKey: 1, _id: 1 },
  '-name': { sortKey: -1, _id: -1 },
  price: { 'price.amount': 1, _id: 1 },
  '-price': { 'price.amount': -1, _id: -1 },
  newest: { createdAt: -1, _id: -1 },
};

const withoutEvents = { pending: 0, searchWords: 0 } as const;

export class MongoProductsRepository extends ProductsRepository {
  readonly #model: ProductModel;
  readonly #onWrite: (productId: string) => void;

  /** `onWrite` is told which document has got events to publish. */
  constructor(model: ProductModel, onWrite: (productId: string) => void) {
    super();
    this.#model = model;
    this.#onWrite = onWrite;
  }

  async insert(created: Required<Decision>, request: string): Promise<Insertion> {
    const { productId } = created.product;
    try {
      const document = { _id: productId, ...toFields(created), request, pending: toPendingEvents(created) };
      await failpoint(BEFORE_WRITE);
      await whenReachable(() => this.#model.create([document]));
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      // The servers do not agree on naming the violated key, so ask: products are never deleted, the answer is final.
      const existing = await this.#find(productId);
      if (existing === null) throw new CatalogError('sku-taken');
      return { inserted: false, product: fromDocument(existing), request: existing.request };
    }
    await failpoint(AFTER_WRITE);
    this.#onWrite(productId);
    return { inserted: true };
  }

  async get(productId: string): Promise<Product> {
    const document = await this.#find(productId);
    if (document === null) throw new CatalogError('product-not-found');
    return fromDocument(document);
  }

  async update(productId: string, decide: (product: Product) => Decision): Promise<Product> {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const before = await this.get(productId);
      const { product, fact } = decide(before);
      if (fact === undefined) return product;
      if (await this.#replace(before.version, { product, fact })) return product;
    }
    throw new CatalogError('product-busy');
  }

  async list(query: ProductsQuery): Promise<{ items: Product[]; total: number }> {
    const words = query.q === undefined ? [] : searchWords(query.q);
    if (query.q !== undefined && words.length === 0) return { items: [], total: 0 };
    const filter: QueryFilter<ProductDocument> = {
      status: 'active',
      ...(query.category === undefined ? {} : { category: query.category }),
      // Words are letters and digits only, so nothing has to be escaped; an anchored pattern is a range of the index.
      ...(words.length === 0 ? {} : { $and: words.map((word) => ({ searchWords: new RegExp(`^${word}`) })) }),
    };
    const [documents, total] = await whenReachable(() =>
      Promise.all([
        this.#model
          .find(filter, withoutEvents)
          .sort(orders[query.sort])
          .skip((query.page - 1) * query.pageSize)
          .limit(query.pageSize)
          .lean<ProductDocument[]>(),
        this.#model.countDocuments(filter),
      ]),
    );
    return { items: documents.map(fromDocument), total };
  }

  async categories(): Promise<CategoryCount[]> {
    return whenReachable(() =>
      this.#model.aggregate<CategoryCount>([
        { $match: { status: 'active' } },
        { $group: { _id: '$category', products: { $sum: 1 } } },
        { $sort: { _id: 1 } },
        { $project: { _id: 0, name: '$_id', products: 1 } },
      ]),
    );
  }

  #find(productId: string): Promise<ProductDocument | null> {
    return whenReachable(async () => this.#model.findById(productId, withoutEvents).lean<ProductDocument>());
  }

  /** Stores product and event if the version is still `expected`; whether it was. */
  async #replace(expected: number, decision: Required<Decision>): Promise<boolean> {
    const _id = decision.product.productId;
    await failpoint(BEFORE_WRITE);
    const { matchedCount } = await whenReachable(async () =>
      this.#model.updateOne(
        { _id, version: expected },
        { $set: toFields(decision), $push: { pending: { $each: toPendingEvents(decision) } } },
      ),
    );
    if (matchedCount === 0) return false;
    await failpoint(AFTER_WRITE);
    this.#onWrite(_id);
    return true;
  }
}
