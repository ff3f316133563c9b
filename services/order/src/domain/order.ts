// Pattern: Event Sourcing. An order is the fold of its events; `decide` makes new ones, `evolve` applies them.
import type { Money } from './money.js';
import { OrderError } from './order.errors.js';

/** The lifecycle: status → statuses that may follow. */
export const transitions = {
  placed: ['stock-reserved', 'rejected', 'cancel-requested'],
  'stock-reserved': ['payment-authorised', 'rejected', 'cancel-requested'],
  'payment-authorised': ['stock-committed', 'rejected', 'cancel-requested'],
  'stock-committed': ['confirmed', 'cancel-requested'],
  'cancel-requested': ['cancelled', 'confirmed'],
  confirmed: ['cancelled'],
  cancelled: ['refunded'],
  rejected: [],
  refunded: [],
} as const satisfies Record<string, readonly string[]>;

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

/** What the customer ordered; never changes. */
export interface OrderDetails {
  readonly orderId: string;
  readonly userId: string;
  readonly lines: readonly OrderLine[];
  readonly total: Money;
  readonly address: Address;
  readonly paymentMethod: PaymentMethod;
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
  | (Common & { readonly status: 'refunded' });

/** Private to this service; `at` is UTC ISO 8601. What others may know is translated in messaging/. */
export type OrderEvent = { readonly at: string } & (
  | ({ readonly type: 'placed' } & OrderDetails)
  | { readonly type: 'stock-reserved' | 'stock-committed' | 'cancel-requested' | 'refunded' }
  | { readonly type: 'payment-refunded' }
  | { readonly type: 'payment-authorised' | 'payment-captured' | 'confirmed'; readonly paymentId: string }
  | { readonly type: 'rejected'; readonly reason: RejectionReason }
  | { readonly type: 'cancelled'; readonly outstanding: Outstanding }
  | { readonly type: 'stock-returned'; readonly skus: readonly string[] }
);

export type OrderCommand = { readonly at: string } & (
  | ({ readonly type: 'place' } & OrderDetails)
  | { readonly type: 'record-stock-reserved' | 'record-stock-committed' | 'request-cancel' | 'record-refund' }
  | { readonly type: 'record-authorisation' | 'confirm'; readonly paymentId: string }
  | { readonly type: 'abandon'; readonly reason: RejectionReason }
  | { readonly type: 'record-stock-returned'; readonly skus: readonly string[] }
);

/** @throws OrderError when the order is not in a state for the command; a repeat of what has happened gives no events */
export function decide(command: OrderCommand, order: Order | undefined): OrderEvent[] {
  const { at } = command;
  if (command.type === 'place') return order ? [] : [{ ...command, type: 'placed' }];
  if (!order) throw new OrderError('order-not-found');
  switch (command.type) {
    case 'record-stock-reserved':
      return next(order, 'placed', { type: 'stock-reserved', at });
    case 'record-authorisation':
      return next(order, 'stock-reserved', { type: 'payment-authorised', at, paymentId: command.paymentId });
    case 'record-stock-committed':
      return next(order, 'payment-authorised', { type: 'stock-committed', at });
    case 'confirm':
      return confirm(order, command.paymentId, at);
    case 'abandon':
      return abandon(order, command.reason, at);
    case 'request-cancel':
      return requestCancel(order, at);
    case 'record-stock-returned':
      return settle(order, { type: 'stock-returned', at, skus: command.skus });
    case 'record-refund':
      return settle(order, { type: 'payment-refunded', at });
    default:
      return unreachable(command);
  }
}

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
    case 'refunded':
      return { ...common, status: allowed(order, event.type) };
    case 'payment-captured':
      return { ...order, updatedAt: at };
    case 'payment-refunded':
    case 'stock-returned':
      return order.status === 'cancelled'
        ? { ...common, status: 'cancelled', outstanding: less(order.outstanding, event) }
        : order;
    default:
      return unreachable(event);
  }
}

/** Rehydration: for persistence only. */
export const fold = (events: readonly OrderEvent[]): Order | undefined =>
  events.reduce<Order | undefined>(evolve, undefined);

/** Nothing more happens to it unless the customer cancels. */
export const isFinal = (order: Order): boolean =>
  order.status === 'confirmed' ||
  order.status === 'rejected' ||
  order.status === 'refunded' ||
  (order.status === 'cancelled' && isSettled(order.outstanding));

const PATH: readonly OrderStatus[] = ['placed', 'stock-reserved', 'payment-authorised', 'stock-committed', 'confirmed'];

/** One step along the path; an order that is past it has heard of it already. */
function next(order: Order, from: OrderStatus, event: OrderEvent): OrderEvent[] {
  if (order.status === from) return [event];
  if (order.status === 'cancel-requested')
    return event.type === 'stock-committed' && !order.stockCommitted ? [event] : [];
  if (PATH.indexOf(order.status) > PATH.indexOf(from)) return [];
  throw wrongState(order, event.type);
}

/** A cancel that came too late to stop the order takes effect here: the customer sees it confirmed, then cancelled. */
function confirm(order: Order, paymentId: string, at: string): OrderEvent[] {
  const events: OrderEvent[] = [
    { type: 'payment-captured', at, paymentId },
    { type: 'confirmed', at, paymentId },
  ];
  if (order.status === 'stock-committed') return events;
  if (order.status === 'cancel-requested' && order.stockCommitted) return [...events, cancelPaid(order, at)];
  if (order.status === 'confirmed') return [];
  throw wrongState(order, 'confirmed');
}

function abandon(order: Order, reason: RejectionReason, at: string): OrderEvent[] {
  switch (order.status) {
    case 'placed':
    case 'stock-reserved':
    case 'payment-authorised':
      return [{ type: 'rejected', at, reason }];
    case 'cancel-requested':
      return [{ type: 'cancelled', at, outstanding: { refund: false, stock: [] } }];
    case 'rejected':
    case 'cancelled':
      return [];
    default:
      throw wrongState(order, 'rejected');
  }
}

function requestCancel(order: Order, at: string): OrderEvent[] {
  switch (order.status) {
    case 'placed':
    case 'stock-reserved':
    case 'payment-authorised':
    case 'stock-committed':
      return [{ type: 'cancel-requested', at }];
    case 'confirmed':
      return [cancelPaid(order, at)];
    case 'cancel-requested':
    case 'cancelled':
    case 'refunded':
      return [];
    case 'rejected':
      throw new OrderError(
        'order-not-cancellable',
        `The order was rejected (${order.reason}): nothing was bought and nothing is charged.`,
      );
    default:
      return unreachable(order);
  }
}

const cancelPaid = (order: Order, at: string): OrderEvent => ({
  type: 'cancelled',
  at,
  outstanding: { refund: true, stock: order.lines.map((line) => line.sku) },
});

type Settlement = Extract<OrderEvent, { readonly type: 'stock-returned' } | { readonly type: 'payment-refunded' }>;

/** Records what came back, and that the order is refunded once all of it has. */
function settle(order: Order, event: Settlement): OrderEvent[] {
  if (order.status === 'refunded') return [];
  if (order.status !== 'cancelled') throw wrongState(order, event.type);
  const left = less(order.outstanding, event);
  if (left.refund === order.outstanding.refund && left.stock.length === order.outstanding.stock.length) return [];
  return isSettled(left) ? [event, { type: 'refunded', at: event.at }] : [event];
}

const less = (outstanding: Outstanding, event: Settlement): Outstanding =>
  event.type === 'stock-returned'
    ? { ...outstanding, stock: outstanding.stock.filter((sku) => !event.skus.includes(sku)) }
    : { ...outstanding, refund: false };

const isSettled = ({ refund, stock }: Outstanding): boolean => !refund && stock.length === 0;

function allowed<S extends OrderStatus>(order: Order, to: S): S {
  if (!(transitions[order.status] as readonly OrderStatus[]).includes(to)) throw wrongState(order, to);
  return to;
}

const wrongState = (order: Order, event: string): OrderError =>
  new OrderError('order-state', `order ${order.orderId} is ${order.status}, ${event} is impossible`);

function commonOf(order: Order, updatedAt: string): Common {
  const { orderId, userId, lines, total, address, paymentMethod, placedAt } = order;
  return { orderId, userId, lines, total, address, paymentMethod, placedAt, updatedAt };
}

function unreachable(value: never): never {
  throw new Error(`not handled: ${JSON.stringify(value)}`);
}
