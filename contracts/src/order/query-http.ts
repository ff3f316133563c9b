import { z } from 'zod';
import { money, sku, timestamp } from '../common.js';
import { orderStatus, publicOrder } from './events.js';

const day = z.iso.date();

const orderFilters = {
  status: orderStatus.optional(),
  /** Placed at or after, and before. */
  from: timestamp.optional(),
  to: timestamp.optional(),
  sku: sku.optional(),
  /** From the `next` of the page before. */
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(20),
};

/** GET /orders: the caller's own orders, newest first. */
export const listOrdersQuery = z.strictObject(orderFilters);
export type ListOrdersQuery = z.infer<typeof listOrdersQuery>;

/** GET /admin/orders: everybody's. */
export const listAllOrdersQuery = z.strictObject({ ...orderFilters, userId: z.string().min(1).max(100).optional() });
export type ListAllOrdersQuery = z.infer<typeof listAllOrdersQuery>;

/**
 * Every answer of the read side says how fresh it is: it contains everything that order had published before `asOf`.
 * While `rebuilding` the view lacks older orders, so nothing is promised and `asOf` is 1970.
 */
const age = { asOf: timestamp, rebuilding: z.literal(true).optional() };

/** A page of orders, newest first. */
export const orderPage = z.object({
  items: z.array(publicOrder),
  /** Cursor of the next page; absent on the last. */
  next: z.string().optional(),
  ...age,
});
export type OrderPage = z.infer<typeof orderPage>;

/** GET /customers/me/summary: one customer's history in figures. */
export const customerSummary = z.object({
  userId: z.string(),
  orders: z.int().min(0),
  confirmed: z.int().min(0),
  spent: z.array(money),
  firstOrderAt: timestamp.optional(),
  lastOrderAt: timestamp.optional(),
  ...age,
});
export type CustomerSummary = z.infer<typeof customerSummary>;

/** Days in UTC, both included; without them the last 30. */
export const reportQuery = z.strictObject({
  category: z.string().min(1).max(60).optional(),
  from: day.optional(),
  to: day.optional(),
});
export type ReportQuery = z.infer<typeof reportQuery>;

/** Of whole orders, which have products of several categories. */
export const dailyReportQuery = reportQuery.omit({ category: true });
export type DailyReportQuery = z.infer<typeof dailyReportQuery>;

/** GET /admin/reports/products: confirmed sales per product (of a category). No personal data. */
export const productSales = z.object({
  items: z.array(
    z.object({
      sku,
      name: z.string(),
      category: z.string(),
      sales: z.array(money),
      quantity: z.int().min(0),
      buyers: z.int().min(0),
    }),
  ),
  from: day,
  to: day,
  ...age,
});
export type ProductSales = z.infer<typeof productSales>;

/** GET /admin/reports/days: confirmed sales per day. */
export const dailySales = z.object({
  items: z.array(z.object({ day, sales: z.array(money), orders: z.int().min(0), buyers: z.int().min(0) })),
  from: day,
  to: day,
  ...age,
});
export type DailySales = z.infer<typeof dailySales>;
