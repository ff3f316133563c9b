import { type MessagesOf, type PublicOrder, topics } from '@souk/contracts';
import { messageId, type OutgoingMessage } from '@souk/outbox';
import { currentContext } from '@souk/observability';
import { isComingBack, type Order, type OrderEvent, returnUntil } from '../domain/order.js';
import type { OrderChange, RecordedEvent } from '../saga/order-process.js';

/** CloudEvents source of everything this service publishes. */
export const SOURCE = '/souk/order';

type OrderEvents = keyof MessagesOf<typeof topics.orderEvents>;
export interface Cause extends Pick<OutgoingMessage, 'causationId' | 'correlationId' | 'traceparent'> {
  /** Who, for the record: `user/<id>`, `service/<name>` or `saga`. */
  readonly actor?: string | undefined;
}

/** Taken where the request is handled: group-committed work runs in the context of whoever came first. */
export function causeOfRequest(userId: string): Cause {
  const actor = `user/${userId}`;
  const context = currentContext();
  return context ? { actor, correlationId: context.correlationId, traceparent: context.traceparent } : { actor };
}

/** What others may hear of; all other events are private. */
const published: Partial<Record<OrderEvent['type'], OrderEvents>> = {
  placed: 'order.placed.v1',
  rejected: 'order.rejected.v1',
  confirmed: 'order.confirmed.v1',
  cancelled: 'order.cancelled.v1',
  shipped: 'order.shipped.v1',
  'return-requested': 'order.return-requested.v1',
  refunded: 'order.refunded.v1',
};

export const isPublished = (event: OrderEvent): boolean => published[event.type] !== undefined;

/** The order as anybody outside may see it. */
export function toPublicOrder(order: Order, version: number): PublicOrder {
  const { orderId, userId, status, total, address, placedAt, updatedAt } = order;
  return {
    orderId,
    userId,
    status,
    version,
    lines: order.lines.map((line) => ({ ...line })),
    total,
    address,
    ...(order.status === 'rejected' && { rejection: order.reason }),
    ...(isComingBack(order) && {
      outstanding: { refund: order.outstanding.refund, stock: order.outstanding.stock.length > 0 },
    }),
    ...('shippedAt' in order && { shippedAt: order.shippedAt }),
    ...(order.status === 'shipped' && { returnUntil: returnUntil(order) }),
    placedAt,
    updatedAt,
  };
}

/** Events first: who reads both topics hears of the order before anything is asked for it. */
export function messagesOf(change: OrderChange, now: Date, by: Cause): OutgoingMessage[] {
  const { actor: _private, ...cause } = by;
  const { orderId } = change.record.order;
  const commands = change.commands.map(({ type, data }) => ({
    topic: topics.inventoryCommands,
    key: orderId,
    type,
    data,
    // A command that is sent again after silence is a new message: the receiver shall answer it again.
    id: messageId(`order/${orderId}/commands`, now.toISOString(), type),
    time: now,
    ...cause,
  }));
  return [...change.events.flatMap((recorded) => eventMessage(recorded, now, cause)), ...commands];
}

function eventMessage(
  { event, version, order }: RecordedEvent,
  now: Date,
  cause: Omit<Cause, 'actor'>,
): OutgoingMessage[] {
  const type = published[event.type];
  if (!type) return [];
  const stream = `order/${order.orderId}`;
  const id = messageId(stream, version, type);
  const data = toPublicOrder(order, version);
  return [
    { topic: topics.orderEvents, key: order.orderId, type, data, id, aggregateVersion: version, time: now, ...cause },
  ];
}
