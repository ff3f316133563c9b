import { changePrice } from '../domain/product.js';
import type { Money, Product } from '../domain/product.js';
import type { ProductsRepository } from '../persistence/products.repository.js';

export class ChangePrice {
  constructor(
    private readonly products: ProductsRepository,
    private readonly now: () => Date,
  ) {}

  handle(productId: string, price: Money): Promise<Product> {
    return this.products.update(productId, (product) => changePrice(product, price, this.now()));
  }
}
