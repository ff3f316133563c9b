import { z } from 'zod';
import { moneyInput, sku, text } from '../common.js';
import { productState } from './events.js';

export const product = productState;
export type Product = z.infer<typeof product>;

export const productSort = z.enum(['name', '-name', 'price', '-price', 'newest']);

export const listProductsQuery = z.strictObject({
  q: text(100, 0).trim().min(1).optional(),
  category: text(60).optional(),
  sort: productSort.default('name'),
  page: z.coerce.number().int().min(1).max(10_000).default(1),
  pageSize: z.coerce.number().int().min(1).max(100).default(20),
});
export type ListProductsQuery = z.infer<typeof listProductsQuery>;

export const productPage = z.object({
  items: z.array(product),
  page: z.int(),
  pageSize: z.int(),
  total: z.int(),
});
export type ProductPage = z.infer<typeof productPage>;

export const categories = z.object({ items: z.array(z.object({ name: z.string(), products: z.int() })) });
export type Categories = z.infer<typeof categories>;

/** POST /admin/products. `productId` may be given by the caller, which makes the call idempotent. */
export const createProduct = z.strictObject({
  productId: z.uuid().optional(),
  sku,
  name: text(200, 0).trim().min(1),
  description: text(4_000, 0).default(''),
  category: text(60, 0).trim().min(1),
  price: moneyInput,
});
export type CreateProduct = z.infer<typeof createProduct>;

/** PUT /admin/products/:id */
export const updateProduct = z.strictObject({
  name: text(200, 0).trim().min(1),
  description: text(4_000, 0),
  category: text(60, 0).trim().min(1),
});
export type UpdateProduct = z.infer<typeof updateProduct>;

/** PUT /admin/products/:id/price */
export const changePrice = z.strictObject({ price: moneyInput });
export type ChangePrice = z.infer<typeof changePrice>;
