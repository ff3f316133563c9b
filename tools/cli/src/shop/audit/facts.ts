import type { BasketFact } from './baskets.ts';
import type { OrderPrint } from './fold-orders.ts';

/** What the three ledgers say, each read by a role that may only read. Amounts in minor units. */
export interface Facts {
  orders: OrderFact[];
  reservations: ReservationFact[];
  stock: StockFact[];
  payments: PaymentFact[];
  queues: QueueFact[];
  /** Of everyone who led the supervision of the sagas, the oldest first. */
  terms: TermFact[];
  /** Only where there is a read side to compare with. */
  views?: ViewFact;
  /** By order id; only where recommendation runs. */
  baskets?: ReadonlyMap<string, BasketFact>;
}

/** The orders of order-query, and what the streams of order make of them. */
export interface ViewFact {
  /** Undefined when the views were never begun. */
  found: ReadonlyMap<string, OrderPrint> | undefined;
  folded: ReadonlyMap<string, OrderPrint>;
}

/** One event stream of order, oldest event first. */
export interface OrderFact {
  orderId: string;
  userId: string;
  /** Of the order's row, which must be that of the last event; 0 when there are events without a row. */
  version: number;
  /** With the price of one unit as it was accepted. */
  lines: { sku: string; quantity: number; unitPrice: { amount: number; currency: string } }[];
  total: number;
  currency: string;
  events: { version: number; type: string }[];
}

export interface ReservationFact {
  orderId: string;
  sku: string;
  quantity: number;
  state: 'live' | 'committed' | 'released' | 'expired' | 'returned' | 'rejected';
  /** Seconds since it should have expired; negative or null while it may live. */
  overdueSeconds: number | null;
}

/** A row of inventory's view `stock_audit`: the stock table against the ledger and the reservations. */
export interface StockFact {
  sku: string;
  received: number;
  available: number;
  reserved: number;
  committed: number;
  ok: boolean;
}

/** One term of a leader. `actedLate`: it wrote after a later term had begun. */
export interface TermFact {
  name: string;
  epoch: number;
  actedLate: boolean;
}

/** One payment as the provider's own ledger booked it. */
export interface PaymentFact {
  paymentId: string;
  orderId: string;
  currency: string;
  authorised: number;
  captured: number;
  voided: number;
  refunded: number;
}

/** Messages of a service that are not yet sent, and messages and calls that it gave up on. */
export interface QueueFact {
  service: string;
  outbox: number;
  parked: number;
  /** Keys with parked messages, the one parked first at the beginning. */
  parkedKeys?: ParkedKey[];
}

/** One key whose messages wait because an earlier one failed; `cause` is that of the first dead one, null while none is. */
export interface ParkedKey {
  consumer: string;
  topic: string;
  key: string;
  cause: string | null;
}
