import { z } from 'zod';
import { MAX_LINES, money, moneyInput, quantity, sku, text, timestamp, uuid } from '../common.js';
import { addressInput, orderLine, publicOrder } from './events.js';

export const cartLine = z.strictObject({ sku, quantity });

/** PUT /cart replaces the whole cart; `version` is the one last seen (0 for a new cart). */
export const putCart = z.strictObject({ version: z.int().min(0), lines: z.array(cartLine).max(MAX_LINES) });

/** POST /cart/items adds to the line of that sku. */
export const addCartItem = cartLine;

/** The cart priced with order's own copy of the catalog. */
export const cart = z.object({
  version: z.int().min(0),
  lines: z.array(orderLine),
  total: money,
});
export type Cart = z.infer<typeof cart>;

/** Tokens stand for instruments the payment provider knows; card numbers never reach the shop. */
export const paymentMethod = z.strictObject({ type: z.literal('card'), token: text(100) });

/** POST /orders, with Idempotency-Key. Exactly one of `lines` and `cartVersion`. */
export const placeOrder = z
  .strictObject({
    lines: z.array(cartLine).min(1).max(MAX_LINES).optional(),
    cartVersion: z.int().min(1).optional(),
    expectedTotal: moneyInput,
    address: addressInput,
    paymentMethod,
  })
  .refine((body) => (body.lines === undefined) !== (body.cartVersion === undefined), {
    message: 'give exactly one of lines and cartVersion',
    path: ['lines'],
  })
  .refine((body) => new Set(body.lines?.map((line) => line.sku)).size === (body.lines?.length ?? 0), {
    message: 'every sku may stand in one line only',
    path: ['lines'],
  });
export type PlaceOrder = z.infer<typeof placeOrder>;

/** 202 of POST /orders. */
export const orderAccepted = z.object({
  orderId: uuid,
  status: z.literal('placed'),
  total: money,
  links: z.object({ self: z.string(), history: z.string(), stream: z.string() }),
});
export type OrderAccepted = z.infer<typeof orderAccepted>;

/** `wait`: long-poll for a final state, e.g. 5s; at most 30 s. */
export const getOrderQuery = z.strictObject({
  wait: z
    .string()
    .regex(/^([1-9]|[12][0-9]|30)s$/, 'a number of seconds from 1s to 30s')
    .optional(),
});

/** `at`: the order as it was at that time, and what had happened by then. */
export const orderHistoryQuery = z.strictObject({ at: timestamp.optional() });

/**
 * GET /orders/:id/history: what happened, oldest first; `elapsedMs` counts from the first event. `order` answers `at`, and is
 * absent where the order had not been placed by then.
 */
export const orderHistory = z.object({
  orderId: uuid,
  order: publicOrder.optional(),
  events: z.array(
    z.object({
      version: z.int().min(1),
      type: z.string(),
      at: timestamp,
      elapsedMs: z.number().min(0),
      /** Who: `user/<id>`, `service/<name>`, `saga`, or to customers `shop` for whoever acted for it. Absent in old events. */
      actor: z.string().optional(),
      /** Why: the request that it goes back to, and the message that caused it. */
      correlationId: z.string().optional(),
      causationId: z.string().optional(),
      detail: z.record(z.string(), z.unknown()),
    }),
  ),
});
export type OrderHistory = z.infer<typeof orderHistory>;

export const order = publicOrder;
