import type { ProductState } from '@souk/contracts';
import type { Product } from '../domain/product.js';

/** The published form of a product: the body of every answer and of every event. */
export const toProductState = (product: Product): ProductState => ({
  productId: product.productId,
  sku: product.sku,
  name: product.name,
  description: product.description,
  category: product.category,
  price: product.price,
  status: product.status,
  version: product.version,
  updatedAt: product.updatedAt.toISOString(),
});
