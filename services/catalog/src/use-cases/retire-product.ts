import { retire } from '../domain/product.js';
import type { Product } from '../domain/product.js';
import type { ProductsRepository } from '../persistence/products.repository.js';

/** Takes a product out of lists and search for good; by its id it can still be read, because orders name it. */
export class RetireProduct {
  constructor(
    private readonly products: ProductsRepository,
    private readonly now: () => Date,
  ) {}

  handle(productId: string): Promise<Product> {
    return this.products.update(productId, (product) => retire(product, this.now()));
  }
}
