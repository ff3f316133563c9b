import { z } from 'zod';
import { MAX_LINES, money, quantity, sku, text, timestamp, uuid } from '../common.js';

export const orderStatus = z.enum([
  'placed',
  'stock-reserved',
  'payment-authorised',
  'stock-committed',
  'confirmed',
  'rejected',
  'cancel-requested',
  'cancelled',
  'shipped',
  'return-requested',
  'refunded',
]);
export type OrderStatus = z.infer<typeof orderStatus>;

export const rejectionReason = z.enum([
  'out-of-stock',
  'unknown-sku',
  'payment-declined',
  'reservation-expired',
  'payment-failed',
]);

export const orderLine = z.object({ sku, name: z.string(), quantity, unitPrice: money });
export type OrderLine = z.infer<typeof orderLine>;

export const address = z.object({
  name: text(100, 0).trim().min(1),
  street: text(200, 0).trim().min(1),
  city: text(100, 0).trim().min(1),
  postalCode: text(20, 0).trim().min(1),
  country: z.string().regex(/^[A-Z]{2}$/, 'two capital letters of ISO 3166, e.g. DE'),
});

/** The same in a request body. */
export const addressInput = address.strict();

/** The full public order: the body of GET /orders/:id and the payload of every order event. */
export const publicOrder = z.object({
  orderId: uuid,
  userId: z.string().min(1).max(100),
  status: orderStatus,
  version: z.int().min(1),
  lines: z.array(orderLine).min(1).max(MAX_LINES),
  total: money,
  address,
  /** Set when status is rejected. */
  rejection: rejectionReason.optional(),
  /** Whether stock or money is still on its way back; only of a cancelled order or one whose return was requested. */
  outstanding: z.object({ refund: z.boolean(), stock: z.boolean() }).optional(),
  /** Set from the shipping on. */
  shippedAt: timestamp.optional(),
  /** Set when status is shipped: until then the customer may send the goods back. */
  returnUntil: timestamp.optional(),
  placedAt: timestamp,
  updatedAt: timestamp,
});
export type PublicOrder = z.infer<typeof publicOrder>;

/** Topic order.events.v1, key: order id; every event carries the full public order. */
export const orderEvents = {
  'order.placed.v1': publicOrder,
  'order.rejected.v1': publicOrder,
  'order.confirmed.v1': publicOrder,
  'order.cancelled.v1': publicOrder,
  'order.shipped.v1': publicOrder,
  'order.return-requested.v1': publicOrder,
  'order.refunded.v1': publicOrder,
} as const;
