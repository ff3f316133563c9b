import { z } from 'zod';
import { money, sku, timestamp, uuid } from '../common.js';

/** GET /recommendations: for a product, or for whoever asks (`customer=me`); with neither, what is popular. */
export const recommendationsQuery = z
  .strictObject({
    productId: uuid.optional(),
    customer: z.literal('me').optional(),
    category: z.string().min(1).max(60).optional(),
    limit: z.coerce.number().int().min(1).max(50).default(10),
  })
  .refine((query) => query.productId === undefined || query.customer === undefined, {
    message: 'give productId or customer, not both',
    path: ['customer'],
  });
export type RecommendationsQuery = z.infer<typeof recommendationsQuery>;

export const recommendationReason = z.object({
  kind: z.enum(['bought-together', 'popular', 'recently-viewed']),
  /** Orders, buyers or views that say so. */
  count: z.int().min(0),
  /** For people: "bought together 14 times". */
  text: z.string(),
});

export const recommendation = z.object({
  productId: uuid,
  sku,
  name: z.string(),
  category: z.string(),
  price: money,
  /** Higher is better; comparable within one answer only. */
  score: z.number(),
  reason: recommendationReason,
});
export type Recommendation = z.infer<typeof recommendation>;

/** `asOf`: the answer knows everything that happened before. */
export const recommendations = z.object({ items: z.array(recommendation), asOf: timestamp });
export type Recommendations = z.infer<typeof recommendations>;
