import type { Decision, Product } from '../domain/product.js';
import type { Outdate } from './outdating-products.repository.js';
import { ProductsRepository } from './products.repository.js';
import type { CategoryCount, Insertion, ProductsQuery } from './products.repository.js';

/** Variant `cache-delete-first`: copies go before the store changes, so whoever reads in between makes new ones of the old. */
export class OutdateFirstRepository extends ProductsRepository {
  constructor(
    private readonly stored: ProductsRepository,
    private readonly outdate: Outdate,
  ) {
    super();
  }

  async insert(created: Required<Decision>, request: string): Promise<Insertion> {
    await this.outdate(created.product.productId, created.product.version);
    return this.stored.insert(created, request);
  }

  async update(productId: string, decide: (product: Product) => Decision): Promise<Product> {
    const before = await this.stored.get(productId);
    await this.outdate(productId, decide(before).product.version);
    return this.stored.update(productId, decide);
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
