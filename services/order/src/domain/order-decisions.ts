// Pattern: Event Sourcing (the decider)
import { OrderError } from './order.errors.js';
import {
  isComingBack,
  isSettled,
  less,
  type Order,
  type OrderCommand,
  type OrderEvent,
  type OrderStatus,
  type Outstanding,
  type RejectionReason,
  returnUntil,
  type Settlement,
  unreachable,
  wrongState,
} from './order.js';

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
    case 'ship':
      return ship(order, at);
    case 'request-return':
      return requestReturn(order, at);
    case 'record-stock-returned':
      return settle(order, { type: 'stock-returned', at, skus: command.skus });
    case 'record-refund':
      return settle(order, { type: 'payment-refunded', at });
    default:
      return unreachable(command);
  }
}

const PATH: readonly OrderStatus[] = [
  'placed',
  'stock-reserved',
  'payment-authorised',
  'stock-committed',
  'confirmed',
  'shipped',
  'return-requested',
];

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
  if (order.status === 'confirmed' || order.status === 'shipped' || order.status === 'return-requested') return [];
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
      return [];
    case 'refunded':
      // A repeat of the cancel that led here changes nothing; one that was returned was never cancelled.
      if (!wasShipped(order)) return [];
      throw new OrderError('order-not-cancellable', 'The order has been shipped, returned and refunded.');
    case 'rejected':
      throw new OrderError(
        'order-not-cancellable',
        `The order was rejected (${order.reason}): nothing was bought and nothing is charged.`,
      );
    case 'shipped':
      throw new OrderError(
        'order-not-cancellable',
        `The order has been shipped: it can be returned until ${returnUntil(order)}.`,
      );
    case 'return-requested':
      throw new OrderError('order-not-cancellable', 'The order has been shipped, and its return is under way.');
    default:
      return unreachable(order);
  }
}

function ship(order: Order, at: string): OrderEvent[] {
  if (order.status === 'confirmed') return [{ type: 'shipped', at }];
  if (wasShipped(order)) return [];
  throw new OrderError('order-not-shippable', `The order is ${order.status}; only a confirmed one can be shipped.`);
}

/** The whole order: what part of the money a part of the goods is worth (discounts, postage) is not decided here. */
function requestReturn(order: Order, at: string): OrderEvent[] {
  if (order.status === 'shipped') {
    const until = returnUntil(order);
    if (at > until) throw new OrderError('return-window-over', `It could be returned until ${until}.`);
    return [{ type: 'return-requested', at, outstanding: everything(order) }];
  }
  if (wasShipped(order)) return [];
  throw new OrderError(
    'order-not-returnable',
    `The order is ${order.status}: nothing was shipped that could come back.`,
  );
}

const wasShipped = (order: Order): boolean => 'shippedAt' in order;

const everything = (order: Order): Outstanding => ({ refund: true, stock: order.lines.map((line) => line.sku) });

const cancelPaid = (order: Order, at: string): OrderEvent => ({
  type: 'cancelled',
  at,
  outstanding: everything(order),
});

/** Records what came back, and that the order is refunded once all of it has. */
function settle(order: Order, event: Settlement): OrderEvent[] {
  if (order.status === 'refunded') return [];
  if (!isComingBack(order)) throw wrongState(order, event.type);
  const left = less(order.outstanding, event);
  if (left.refund === order.outstanding.refund && left.stock.length === order.outstanding.stock.length) return [];
  return isSettled(left) ? [event, { type: 'refunded', at: event.at }] : [event];
}
