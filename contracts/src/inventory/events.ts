import { z } from 'zod';
import { MAX_LINES, sku, stockLine, timestamp, uuid } from '../common.js';

const lines = z.array(stockLine).min(1).max(MAX_LINES);

/** Topic inventory.commands.v1, key: order id. Lines are unique by sku. */
export const inventoryCommands = {
  'reserve-stock.v1': z.object({ orderId: uuid, lines, expiresAt: timestamp }),
  'commit-reservation.v1': z.object({ orderId: uuid, lines }),
  'release-reservation.v1': z.object({ orderId: uuid, lines }),
  'return-stock.v1': z.object({ orderId: uuid, lines }),
} as const;

const answer = { orderId: uuid, lines };

/** Topic inventory.reservations.v1, key: order id. `lines` names what the answer covers; all-or-nothing within one answer. */
export const reservationEvents = {
  'stock.reserved.v1': z.object({ ...answer, expiresAt: timestamp }),
  'stock.reservation-rejected.v1': z.object({
    ...answer,
    reason: z.enum(['out-of-stock', 'unknown-sku', 'expired']),
    short: z.array(z.object({ sku, available: z.int().min(0) })),
  }),
  'stock.reservation-committed.v1': z.object(answer),
  'stock.reservation-released.v1': z.object(answer),
  'stock.reservation-expired.v1': z.object(answer),
  'stock.commit-refused.v1': z.object({ ...answer, reason: z.enum(['expired', 'released', 'unknown']) }),
  'stock.returned.v1': z.object(answer),
} as const;

/** Topic inventory.stock.v1, key: sku. */
export const stockEvents = {
  'stock.received.v1': z.object({
    sku,
    quantity: z.int().min(1),
    available: z.int().min(0),
    receiptId: z.string().min(1).max(100),
  }),
  'stock.level-changed.v1': z.object({ sku, available: z.int().min(0) }),
} as const;
