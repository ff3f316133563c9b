import { type MessagesOf, type PublicOrder, topics } from '@souk/contracts';
import { messageId, type OutgoingMessage } from '@souk/messaging';
import { currentContext } from '@souk/observability';
import type { Order, OrderEvent } from '../domain/order.js';
import type { OrderChange, RecordedEvent } from '../saga/order-process.js';

/** CloudEvents source of everything this service publishes. */
export const SOURCE = '/souk/order';

type OrderEvents = keyof MessagesOf<typeof topics.orderEvents>;
export type Cause = Pick<OutgoingMessage, 'causationId' | 'correlationId' | 'traceparent'>;

/** Taken where the request is handled: group-committed work runs in the context of whoever came first. */
export function causeOfRequest(): Cause {
  const context = currentContext();
  return context ? { correlationId: context.correlationId, traceparent: context.traceparent } : {};
}

/** What others may hear of; all other events are private. */
const published: Partial<Record<OrderEvent['type'], OrderEvents>> = {
  placed: 'order.placed.v1',
  rejected: 'order.rejected.v1',
  confirmed: 'order.confirmed.v1',
  cancelled: 'order.cancelled.v1',
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
    ...(order.status === 'cancelled' && {
      outstanding: { refund: order.outstanding.refund, stock: order.outstanding.stock.length > 0 },
    }),
    placedAt,
    updatedAt,
  };
}

/** Events first: who reads both topics hears of the order before anything is asked for it. */
export function messagesOf(change: OrderChange, now: Date, cause: Cause): OutgoingMessage[] {
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

function eventMessage({ event, version, order }: RecordedEvent, now: Date, cause: Cause): OutgoingMessage[] {
  const type = published[event.type];
  if (!type) return [];
  const stream = `order/${order.orderId}`;
  const id = messageId(stream, version, type);
  const data = toPublicOrder(order, version);
  return [
    { topic: topics.orderEvents, key: order.orderId, type, data, id, aggregateVersion: version, time: now, ...cause },
  ];
}
