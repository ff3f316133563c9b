import { z } from 'zod';
import { sku, text } from '../common.js';

export const stockLevel = z.object({
  sku,
  available: z.int().min(0),
  reserved: z.int().min(0),
  committed: z.int().min(0),
});
export type StockLevel = z.infer<typeof stockLevel>;

/** GET /stock: many levels for one question; with commas. */
export const stockQuery = z.strictObject({
  skus: z.string().regex(/^[A-Z0-9-]{3,32}(,[A-Z0-9-]{3,32}){0,49}$/, '1 to 50 skus with commas between them'),
});
export type StockQuery = z.infer<typeof stockQuery>;

/** By sku; one that nobody received is not among them. */
export const stockLevels = z.object({ items: z.array(stockLevel) });
export type StockLevels = z.infer<typeof stockLevels>;

/** POST /admin/stock/receipts. The receipt id is the business key: a repeat changes nothing. */
export const receiveStock = z.strictObject({
  receiptId: text(100, 0).trim().min(1),
  lines: z
    .array(z.strictObject({ sku, quantity: z.int().min(1).max(1_000_000) }))
    .min(1)
    .max(500)
    .refine(
      (lines) => new Set(lines.map((line) => line.sku)).size === lines.length,
      'every sku may stand in one line only',
    ),
});
export type ReceiveStock = z.infer<typeof receiveStock>;

export const receiptAccepted = z.object({
  receiptId: z.string(),
  alreadyReceived: z.boolean(),
  lines: z.array(z.object({ sku, available: z.int().min(0) })),
});
