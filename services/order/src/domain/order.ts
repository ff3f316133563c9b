// Pattern: Event Sourcing. An order is the fold of its events; `decide` (order-decisions.ts) makes new ones, `evolve` applies them.
import type { Money } from './money.js';
import { OrderError } from './order.errors.js';

/** The lifecycle: status → statuses that may follow. */
export const transitions = {
  placed: ['stock-reserved', 'rejected', 'cancel-requested'],
  'stock-reserved': ['payment-authorised', 'rejected', 'cancel-requested'],
  'payment-authorised': ['stock-committed', 'rejected', 'cancel-requested'],
  'stock-committed': ['confirmed', 'cancel-requested'],
  'cancel-requested': ['cancelled', 'confirmed'],
  confirmed: ['cancelled', 'shipped'],
  shipped: ['return-requested'],
  'return-requested': ['refunded'],
  cancelled: ['refunded'],
  rejected: [],
  refunded: [],
} as const satisfies Record<string, readonly string[]>;

const DAY_MS = 86_400_000;

export type OrderStatus = keyof typeof transitions;

export type RejectionReason =
  'out-of-stock' | 'unknown-sku' | 'payment-declined' | 'payment-failed' | 'reservation-expired';

export interface OrderLine {
  readonly sku: string;
  readonly name: string;
  readonly quantity: number;
  readonly unitPrice: Money;
}

export interface Address {
  readonly name: string;
  readonly street: string;
  readonly city: string;
  readonly postalCode: string;
  readonly country: string;
}

export interface PaymentMethod {
  readonly type: 'card';
  readonly token: string;
}

/** What the customer ordered and on which terms; never changes. */
export interface OrderDetails {
  readonly orderId: string;
  readonly userId: string;
  readonly lines: readonly OrderLine[];
  readonly total: Money;
  readonly address: Address;
  readonly paymentMethod: PaymentMethod;
  /** Days after shipping in which everything may be sent back. */
  readonly returnDays: number;
}

interface Common extends OrderDetails {
  readonly placedAt: string;
  readonly updatedAt: string;
}

/** `stock` holds the skus that are still on their way back. */
export interface Outstanding {
  readonly refund: boolean;
  readonly stock: readonly string[];
}

export type Order =
  | (Common & { readonly status: 'placed' | 'stock-reserved' | 'payment-authorised' | 'stock-committed' })
  | (Common & { readonly status: 'confirmed'; readonly paymentId: string })
  | (Common & { readonly status: 'rejected'; readonly reason: RejectionReason })
  | (Common & { readonly status: 'cancel-requested'; readonly stockCommitted: boolean })
  | (Common & { readonly status: 'cancelled'; readonly outstanding: Outstanding })
  | (Common & { readonly status: 'shipped'; readonly shippedAt: string })
  | (Common & { readonly status: 'return-requested'; readonly shippedAt: string; readonly outstanding: Outstanding })
  | (Common & { readonly status: 'refunded'; readonly shippedAt?: string });

/** Private to this service; `at` is UTC ISO 8601. What others may know is translated in messaging/. */
export type OrderEvent = { readonly at: string } & (
  | ({ readonly type: 'placed' } & OrderDetails)
  | { readonly type: 'stock-reserved' | 'stock-committed' | 'cancel-requested' | 'shipped' | 'refunded' }
  | { readonly type: 'payment-refunded' }
  | { readonly type: 'payment-authorised' | 'payment-captured' | 'confirmed'; readonly paymentId: string }
  | { readonly type: 'rejected'; readonly reason: RejectionReason }
  | { readonly type: 'cancelled' | 'return-requested'; readonly outstanding: Outstanding }
  | { readonly type: 'stock-returned'; readonly skus: readonly string[] }
);

export type OrderCommand = { readonly at: string } & (
  | ({ readonly type: 'place' } & OrderDetails)
  | { readonly type: 'record-stock-reserved' | 'record-stock-committed' | 'request-cancel' | 'record-refund' }
  | { readonly type: 'ship' | 'request-return' }
  | { readonly type: 'record-authorisation' | 'confirm'; readonly paymentId: string }
  | { readonly type: 'abandon'; readonly reason: RejectionReason }
  | { readonly type: 'record-stock-returned'; readonly skus: readonly string[] }
);

/** Raised whenever `evolve` or what it yields changes: snapshots of another version are ignored. */
export const EVOLVE_VERSION = 1;

/** @throws OrderError on an event that the lifecycle does not allow here: the stream is broken */
export function evolve(order: Order | undefined, event: OrderEvent): Order {
  const { at } = event;
  if (event.type === 'placed') {
    const { type, at: placedAt, ...details } = event;
    return { ...details, status: type, placedAt, updatedAt: at };
  }
  if (!order) throw new OrderError('order-not-found');
  const common = commonOf(order, at);
  switch (event.type) {
    case 'stock-reserved':
    case 'payment-authorised':
      return { ...common, status: allowed(order, event.type) };
    case 'stock-committed':
      if (order.status === 'cancel-requested') return { ...common, status: order.status, stockCommitted: true };
      return { ...common, status: allowed(order, event.type) };
    case 'cancel-requested':
      return { ...common, status: allowed(order, event.type), stockCommitted: order.status === 'stock-committed' };
    case 'confirmed':
      return { ...common, status: allowed(order, event.type), paymentId: event.paymentId };
    case 'rejected':
      return { ...common, status: allowed(order, event.type), reason: event.reason };
    case 'cancelled':
      return { ...common, status: allowed(order, event.type), outstanding: event.outstanding };
    case 'shipped':
      return { ...common, status: allowed(order, event.type), shippedAt: at };
    case 'return-requested':
      return { ...common, ...shipping(order), status: allowed(order, event.type), outstanding: event.outstanding };
    case 'refunded':
      return { ...common, ...('shippedAt' in order && shipping(order)), status: allowed(order, event.type) };
    case 'payment-captured':
      return { ...order, updatedAt: at };
    case 'payment-refunded':
    case 'stock-returned':
      return isComingBack(order) ? { ...order, updatedAt: at, outstanding: less(order.outstanding, event) } : order;
    default:
      return unreachable(event);
  }
}

/** Rehydration: for persistence only. `from` is a snapshot that the events follow. */
export const fold = (events: readonly OrderEvent[], from?: Order): Order | undefined =>
  events.reduce<Order | undefined>(evolve, from);

/** Nothing more happens to it unless somebody wants it: a cancel, a shipping, a return. */
export const isFinal = (order: Order): boolean =>
  order.status === 'confirmed' ||
  order.status === 'shipped' ||
  order.status === 'rejected' ||
  order.status === 'refunded' ||
  (order.status === 'cancelled' && isSettled(order.outstanding));

/** Its stock and money are on their way back, or were to be: of one that was cancelled in time, nothing was. */
export const isComingBack = (order: Order): order is Extract<Order, { readonly outstanding: Outstanding }> =>
  'outstanding' in order;

/** The last moment at which a shipped order can be sent back, UTC ISO 8601. */
export const returnUntil = ({
  shippedAt,
  returnDays,
}: Pick<Extract<Order, { status: 'shipped' }>, 'shippedAt' | 'returnDays'>): string =>
  new Date(Date.parse(shippedAt) + returnDays * DAY_MS).toISOString();

export type Settlement = Extract<
  OrderEvent,
  { readonly type: 'stock-returned' } | { readonly type: 'payment-refunded' }
>;

export const less = (outstanding: Outstanding, event: Settlement): Outstanding =>
  event.type === 'stock-returned'
    ? { ...outstanding, stock: outstanding.stock.filter((sku) => !event.skus.includes(sku)) }
    : { ...outstanding, refund: false };

export const isSettled = ({ refund, stock }: Outstanding): boolean => !refund && stock.length === 0;

function shipping(order: Order): { readonly shippedAt: string } {
  if (!('shippedAt' in order) || order.shippedAt === undefined) throw wrongState(order, 'shipped');
  return { shippedAt: order.shippedAt };
}

function allowed<S extends OrderStatus>(order: Order, to: S): S {
  if (!(transitions[order.status] as readonly OrderStatus[]).includes(to)) throw wrongState(order, to);
  return to;
}

export const wrongState = (order: Order, event: string): OrderError =>
  new OrderError('order-state', `order ${order.orderId} is ${order.status}, ${event} is impossible`);

function commonOf(order: Order, updatedAt: string): Common {
  const { orderId, userId, lines, total, address, paymentMethod, returnDays, placedAt } = order;
  return { orderId, userId, lines, total, address, paymentMethod, returnDays, placedAt, updatedAt };
}

export function unreachable(value: never): never {
  throw new Error(`not handled: ${JSON.stringify(value)}`);
}
