import { z } from 'zod';
import { quantity, sku, timestamp, uuid } from '../common.js';

/** Who did it: a signed-in customer, or a browser that carries a visitor id; also the key of the message. */
export const actor = z.object({ type: z.enum(['customer', 'visitor']), id: z.string().min(1).max(100) });
export type Actor = z.infer<typeof actor>;

const activity = { activityId: uuid, actor, at: timestamp };

export const productViewed = z.object({ ...activity, productId: uuid });
export const cartItemAdded = z.object({ ...activity, sku, quantity });
export type ProductViewed = z.infer<typeof productViewed>;
export type CartItemAdded = z.infer<typeof cartItemAdded>;

/** Topic activity.v1, key: id of the actor. Lossy on purpose: activity is dropped before it slows a page down. */
export const activityEvents = {
  'product.viewed.v1': productViewed,
  'cart.item-added.v1': cartItemAdded,
};
