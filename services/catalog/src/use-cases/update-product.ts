import { update } from '../domain/product.js';
import type { Product, ProductDetails } from '../domain/product.js';
import type { ProductsRepository } from '../persistence/products.repository.js';

export class UpdateProduct {
  constructor(
    private readonly products: ProductsRepository,
    private readonly now: () => Date,
  ) {}

  handle(productId: string, details: ProductDetails): Promise<Product> {
    return this.products.update(productId, (product) => update(product, details, this.now()));
  }
}
