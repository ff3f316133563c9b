import { createHmac } from 'node:crypto';
import type { ProductState, PublicOrder } from '@souk/contracts';

/**
 * An order as lists show it. Query: a page of somebody's or everybody's orders, newest first, and sums over somebody's.
 * The order itself is text: nobody looks inside, and a document of few fields is written and read at half the price.
 */
export interface OrderDocument {
  readonly _id: string;
  readonly version: number;
  readonly userId: string;
  readonly status: string;
  /** Time of placing and id: a total order that new orders do not change, and the text of a cursor. */
  readonly position: string;
  readonly skus: readonly string[];
  readonly amount: number;
  readonly currency: string;
  /** PublicOrder as JSON. */
  readonly order: string;
}

/** What reports need of an order and nothing else: no name, no address, no user. Query: sales per product or day. */
export interface SaleDocument {
  readonly _id: string;
  readonly version: number;
  /** And not undone since. */
  readonly confirmed: boolean;
  /** Of placing, in UTC. */
  readonly day: string;
  /** Tells buyers apart without saying who they are. */
  readonly buyer: string;
  readonly amount: number;
  readonly currency: string;
  readonly lines: readonly SaleLine[];
}

export interface SaleLine {
  readonly sku: string;
  readonly name: string;
  readonly quantity: number;
  readonly amount: number;
  readonly currency: string;
}

/** What reports need of a product. Query: names and categories by sku. */
export interface ProductDocument {
  /** The sku. */
  readonly _id: string;
  readonly version: number;
  readonly name: string;
  readonly category: string;
}

/** Paid for and kept: what is cancelled or sent back counts no more. */
export const isSold = (status: string): boolean => status === 'confirmed' || status === 'shipped';

/** The length of a time in a position. */
const TIME = 24;

export const positionOf = ({ placedAt, orderId }: Pick<PublicOrder, 'placedAt' | 'orderId'>): string =>
  `${new Date(placedAt).toISOString()}/${orderId}`;

export const timeOf = (position: string): string => position.slice(0, TIME);

export function toOrderDocument(order: PublicOrder): OrderDocument {
  const { orderId, version, userId, status, total, lines } = order;
  return {
    _id: orderId,
    version,
    userId,
    status,
    position: positionOf(order),
    skus: lines.map(({ sku }) => sku),
    ...total,
    order: JSON.stringify(order),
  };
}

/** Written by the projector alone, from an event that had passed its schema. */
export const toPublicOrder = ({ order }: Pick<OrderDocument, 'order'>): PublicOrder => JSON.parse(order) as PublicOrder;

/** @param salt secret of this installation's views: names are few, so a plain hash could be guessed */
export function toSaleDocument(order: PublicOrder, salt: string): SaleDocument {
  return {
    _id: order.orderId,
    version: order.version,
    confirmed: isSold(order.status),
    day: new Date(order.placedAt).toISOString().slice(0, 10),
    buyer: createHmac('sha256', salt).update(order.userId).digest('base64url').slice(0, 22),
    ...order.total,
    lines: order.lines.map(({ sku, name, quantity, unitPrice: { amount, currency } }) => ({
      sku,
      name,
      quantity,
      amount: amount * quantity,
      currency,
    })),
  };
}

export const toProductDocument = ({ sku, version, name, category }: ProductState): ProductDocument => ({
  _id: sku,
  version,
  name,
  category,
});
