import { z } from 'zod';
import { money, sku } from '../common.js';
import { productState } from './events.js';

export const product = productState;
export type Product = z.infer<typeof product>;

export const productSort = z.enum(['name', '-name', 'price', '-price', 'newest']);

export const listProductsQuery = z.strictObject({
  q: z.string().trim().min(1).max(100).optional(),
  category: z.string().min(1).max(60).optional(),
  sort: productSort.default('name'),
  page: z.coerce.number().int().min(1).max(10_000).default(1),
  pageSize: z.coerce.number().int().min(1).max(100).default(20),
});
export type ListProductsQuery = z.infer<typeof listProductsQuery>;

export const productPage = z.strictObject({
  items: z.array(product),
  page: z.int(),
  pageSize: z.int(),
  total: z.int(),
});
export type ProductPage = z.infer<typeof productPage>;

export const categories = z.strictObject({ items: z.array(z.strictObject({ name: z.string(), products: z.int() })) });
export type Categories = z.infer<typeof categories>;

/** POST /admin/products. `productId` may be given by the caller, which makes the call idempotent. */
export const createProduct = z.strictObject({
  productId: z.uuid().optional(),
  sku,
  name: z.string().trim().min(1).max(200),
  description: z.string().max(4_000).default(''),
  category: z.string().trim().min(1).max(60),
  price: money,
});
export type CreateProduct = z.infer<typeof createProduct>;

/** PUT /admin/products/:id */
export const updateProduct = z.strictObject({
  name: z.string().trim().min(1).max(200),
  description: z.string().max(4_000),
  category: z.string().trim().min(1).max(60),
});
export type UpdateProduct = z.infer<typeof updateProduct>;

/** PUT /admin/products/:id/price */
export const changePrice = z.strictObject({ price: money });
export type ChangePrice = z.infer<typeof changePrice>;
