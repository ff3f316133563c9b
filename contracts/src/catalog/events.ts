import { z } from 'zod';
import { money, sku, timestamp, uuid } from '../common.js';

/**
 * Every product event carries the full state, so that a new consumer can read the compacted topic from the start.
 * Event schemas strip unknown fields (tolerant reader); request bodies are strict.
 */
export const productState = z.object({
  productId: uuid,
  sku,
  name: z.string().min(1).max(200),
  description: z.string().max(4_000),
  category: z.string().min(1).max(60),
  price: money,
  status: z.enum(['active', 'retired']),
  version: z.int().min(1),
  updatedAt: timestamp,
});
export type ProductState = z.infer<typeof productState>;

export const catalogEvents = {
  'product.created.v1': productState,
  'product.updated.v1': productState,
  'product.price-changed.v1': productState,
  'product.retired.v1': productState,
} as const;
