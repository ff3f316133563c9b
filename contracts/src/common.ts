import { z } from 'zod';

// Readers are tolerant, doors are strict: what stands in events and answers passes over fields that a later release has added, so that
// old and new run side by side; in a request body an unknown field is a mistake of the caller, hence the `…Input` of the same shape.

/** Integer minor units (cents) and an ISO 4217 code; never a floating-point amount. */
export const money = z.object({
  amount: z.int().min(0).max(100_000_000_00),
  currency: z.string().regex(/^[A-Z]{3}$/, 'three capital letters of ISO 4217, e.g. EUR'),
});
export type Money = z.infer<typeof money>;

/** The same in a request body. */
export const moneyInput = money.strict();

/** The one immutable stock-keeping unit of a product; orders and stock use it, pages use the product id. */
export const sku = z.string().regex(/^[A-Z0-9-]{3,32}$/, '3 to 32 capital letters, digits and hyphens');

/**
 * Text that people type, `min` to `max` UTF-16 units. U+0000 (which PostgreSQL cannot store) and lone surrogates (which are no
 * Unicode) are refused here, at the edge, because behind it they would make every consumer of the text fail.
 */
export const text = (max: number, min = 1) =>
  z
    .string()
    .min(min)
    .max(max)
    .refine((value) => value.isWellFormed() && !value.includes('\0'), 'must be well-formed text without U+0000');

/** UTC, ISO 8601, as every time on the wire. */
export const timestamp = z.iso.datetime();

export const uuid = z.uuid();

/** Upper bound of one order line; a larger wish is refused, not clipped. */
export const MAX_QUANTITY = 1_000;

/** Upper bound of the lines of a cart or an order. */
export const MAX_LINES = 50;

export const quantity = z.int().min(1).max(MAX_QUANTITY);

/** A line of stock: what the inventory commands and answers are about. */
export const stockLine = z.object({ sku, quantity });
export type StockLine = z.infer<typeof stockLine>;

/** RFC 9457 problem details with our stable `code`. `errors` lists the offending fields of an invalid request. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string().optional(),
  instance: z.string().optional(),
  traceId: z.string().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof problem>;
