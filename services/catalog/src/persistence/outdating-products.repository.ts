/** Pattern: Cache-Aside, the writing half: the store first, then the copies. */
import type { Decision, Product } from '../domain/product.js';
import { ProductsRepository } from './products.repository.js';
import type { CategoryCount, Insertion, ProductsQuery } from './products.repository.js';

/** Outdates the copies of a product: by now it has this version. */
export type Outdate = (productId: string, version: number) => Promise<void>;

/** The same repository, whose writes are seen by readers of copies: an answer to a command comes after that. */
export class OutdatingProductsRepository extends ProductsRepository {
  constructor(
    protected readonly stored: ProductsRepository,
    protected readonly outdate: Outdate,
  ) {
    super();
  }

  async insert(created: Required<Decision>, request: string): Promise<Insertion> {
    const outcome = await this.stored.insert(created, request);
    // Also where it was there already: the one who wrote it may have died before this.
    const { productId, version } = outcome.inserted ? created.product : outcome.product;
    await this.outdate(productId, version);
    return outcome;
  }

  async update(productId: string, decide: (product: Product) => Decision): Promise<Product> {
    const product = await this.stored.update(productId, decide);
    // Also where nothing was decided: to say a version again changes nothing, and the one who wrote it may have died.
    await this.outdate(productId, product.version);
    return product;
  }

  get(productId: string): Promise<Product> {
    return this.stored.get(productId);
  }

  list(query: ProductsQuery): Promise<{ readonly items: Product[]; readonly total: number }> {
    return this.stored.list(query);
  }

  categories(): Promise<CategoryCount[]> {
    return this.stored.categories();
  }
}
