import type { Decision, Product } from '../domain/product.js';
import { OutdatingProductsRepository } from './outdating-products.repository.js';
import type { Insertion } from './products.repository.js';

/** Variant `cache-delete-first`: copies go before the store changes, so whoever reads in between makes new ones of the old. */
export class OutdateFirstRepository extends OutdatingProductsRepository {
  override async insert(created: Required<Decision>, request: string): Promise<Insertion> {
    await this.outdate(created.product.productId, created.product.version);
    return this.stored.insert(created, request);
  }

  override async update(productId: string, decide: (product: Product) => Decision): Promise<Product> {
    const before = await this.stored.get(productId);
    await this.outdate(productId, decide(before).product.version);
    return this.stored.update(productId, decide);
  }
}
