import { cancel, expire, isFinished, react, type Reply, type SagaState, start, type Transition } from '@souk/saga';
import { decide } from '../domain/order-decisions.js';
import {
  evolve,
  isComingBack,
  type Order,
  type OrderCommand,
  type OrderDetails,
  type OrderEvent,
  type RejectionReason,
} from '../domain/order.js';
import { factOf, type PlaceOrderData, placeOrderSaga } from './place-order.saga.js';

/** An order with the saga that moves it, as they are stored together. */
export interface OrderRecord {
  readonly order: Order;
  /** Number of events. */
  readonly version: number;
  readonly saga: SagaState<PlaceOrderData>;
}

/** One event with the order as it was right after it. */
export interface RecordedEvent {
  readonly event: OrderEvent;
  readonly version: number;
  readonly order: Order;
}

export interface CommandToSend {
  readonly type: string;
  readonly data: unknown;
}

export interface CallToMake {
  readonly operation: string;
  readonly payload: unknown;
}

/** Everything one step forward writes: in one transaction or not at all. A call replaces the one before it. */
export interface OrderChange {
  readonly record: OrderRecord;
  readonly events: readonly RecordedEvent[];
  readonly commands: readonly CommandToSend[];
  readonly call?: CallToMake;
}

export type OrderStep = (record: OrderRecord, now: Date) => OrderChange | undefined;

const CANCELLED = 'cancelled';

export function place(details: OrderDetails, expiresAt: Date, now: Date): OrderChange {
  const { orderId, lines, total, paymentMethod } = details;
  const wishes = lines.map(({ sku, quantity }) => ({ sku, quantity }));
  const data = { orderId, lines: wishes, amount: total, paymentMethod, expiresAt: expiresAt.toISOString() };
  const transition = start(placeOrderSaga, data, now.getTime());
  return advance(undefined, transition, now, [{ ...details, type: 'place', at: now.toISOString() }]);
}

/** An answer of inventory or payment: to the saga while it runs, after that to an order that was cancelled or returned. */
export const answered =
  (reply: Reply): OrderStep =>
  (record, now) => {
    const at = now.toISOString();
    if (isFinished(record.saga) && reply.type === 'stock.returned.v1') {
      if (!isComingBack(record.order)) return undefined;
      return withoutSaga(record, { type: 'record-stock-returned', at, skus: reply.parts ?? [] }, now);
    }
    if (reply.type === 'payment.refunded') return withoutSaga(record, { type: 'record-refund', at }, now);
    const transition = react(placeOrderSaga, record.saga, reply, now.getTime());
    return transition.state === record.saga ? undefined : advance(record, transition, now);
  };

/**
 * The order remembers the wish in any case. Before the pivot the saga undoes itself; once the pivot is out the order
 * cannot be stopped any more and is cancelled right after its confirmation.
 */
export const cancelled: OrderStep = (record, now) => {
  const transition = cancel(placeOrderSaga, record.saga, CANCELLED, now.getTime());
  const change = advance(record, transition, now, [{ type: 'request-cancel', at: now.toISOString() }]);
  return change.events.length > 0 ? change : undefined;
};

export const shipped: OrderStep = (record, now) => withoutSaga(record, { type: 'ship', at: now.toISOString() }, now);

/** Choreographed, as the cancellation of a confirmed order: whoever has something to give back hears of it. */
export const returned: OrderStep = (record, now) =>
  withoutSaga(record, { type: 'request-return', at: now.toISOString() }, now);

export const overdue: OrderStep = (record, now) => {
  const transition = expire(placeOrderSaga, record.saga, now.getTime());
  return transition.state === record.saga ? undefined : advance(record, transition, now);
};

function withoutSaga(record: OrderRecord, command: OrderCommand, now: Date): OrderChange | undefined {
  const change = advance(record, { state: record.saga, actions: [] }, now, [command]);
  return change.events.length > 0 ? change : undefined;
}

/** Runs the order's commands, then translates the saga's actions: facts into events, wishes into messages and calls. */
function advance(
  record: OrderRecord | undefined,
  { state, actions }: Transition<PlaceOrderData>,
  now: Date,
  commands: readonly OrderCommand[] = [],
): OrderChange {
  const at = now.toISOString();
  const payment = String(state.results['authorise-payment'] ?? '');
  const facts = actions.flatMap((action): OrderCommand[] => {
    if (action.kind === 'done') return [factOf(action.step, at, payment)].filter((fact) => fact !== undefined);
    if (action.kind !== 'complete') return [];
    if (action.outcome === 'succeeded') return [{ type: 'confirm', at, paymentId: payment }];
    return [{ type: 'abandon', at, reason: action.reason as RejectionReason }];
  });
  const events = play(record, [...commands, ...facts]);
  const last = events.at(-1) ?? record;
  if (!last) throw new Error('an order begins with an event');
  const paidBack = events.some(({ event }) => 'outstanding' in event && event.outstanding.refund);
  const call = paidBack ? refund(last.order.orderId, payment) : actions.findLast((action) => action.kind === 'invoke');
  return {
    record: { order: last.order, version: last.version, saga: state },
    events,
    commands: actions.flatMap((action) =>
      action.kind === 'send' ? [{ type: action.type, data: action.payload }] : [],
    ),
    ...(call && { call: 'operation' in call ? call : { operation: call.type, payload: call.payload } }),
  };
}

const refund = (orderId: string, paymentId: string): CallToMake => ({
  operation: 'refund',
  payload: { orderId, paymentId },
});

function play(record: OrderRecord | undefined, commands: readonly OrderCommand[]): RecordedEvent[] {
  let order = record?.order;
  let version = record?.version ?? 0;
  const recorded: RecordedEvent[] = [];
  for (const command of commands) {
    for (const event of decide(command, order)) {
      order = evolve(order, event);
      version += 1;
      recorded.push({ event, version, order });
    }
  }
  return recorded;
}
