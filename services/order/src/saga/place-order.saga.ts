// Pattern: Compensating Transaction. The whole way of an order on one page; the engine is @souk/saga.
import { type ActionContext, defineSaga, done, invoke, lost, refused, send } from '@souk/saga';
import type { Money } from '../domain/money.js';
import type { OrderCommand, PaymentMethod } from '../domain/order.js';

/** What the saga must know of its order; JSON. */
export interface PlaceOrderData {
  readonly orderId: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
  readonly amount: Money;
  readonly paymentMethod: PaymentMethod;
  /** Until when the stock is held, ISO 8601. */
  readonly expiresAt: string;
}

/** A commit that leaves later than this before the expiry could meet an expired reservation. */
export const COMMIT_MARGIN_MS = 30_000;
const PAYMENT_PATIENCE_MS = 60_000;

type Context = ActionContext<PlaceOrderData>;
const skus = (data: PlaceOrderData) => data.lines.map((line) => line.sku);
const lines = ({ data, parts }: Context) => ({
  orderId: data.orderId,
  lines: data.lines.filter(({ sku }) => parts.includes(sku)),
});
const charge = ({ data }: Context) => ({ orderId: data.orderId, amount: data.amount, method: data.paymentMethod });
const paymentId = ({ results }: Context) => ({ paymentId: results['authorise-payment'] });

export const placeOrderSaga = defineSaga<PlaceOrderData>({
  name: 'place-order',
  version: 1,
  steps: [
    {
      name: 'reserve-stock',
      parts: skus,
      action: send('reserve-stock.v1', (context: Context) => ({
        ...lines(context),
        expiresAt: context.data.expiresAt,
      })),
      replies: {
        'stock.reserved.v1': done,
        'stock.reservation-rejected.v1': refused(),
        'stock.reservation-expired.v1': lost('reservation-expired'),
      },
      undo: {
        action: send('release-reservation.v1', lines),
        replies: ['stock.reservation-released.v1', 'stock.reservation-expired.v1'],
      },
    },
    {
      name: 'authorise-payment',
      action: invoke('authorise', charge),
      replies: {
        'payment.authorised': done,
        'payment.declined': refused('payment-declined'),
        'payment.failed': refused('payment-failed'),
      },
      // Without a payment id the outcome is unknown; the agent finds it out by repeating the same authorisation.
      undo: {
        action: invoke('void', (context: Context) => ({ ...paymentId(context), ...charge(context) })),
        replies: ['payment.voided'],
      },
      giveUp: { afterMs: PAYMENT_PATIENCE_MS, reason: 'payment-failed' },
    },
    {
      name: 'commit-reservation',
      pivot: true,
      parts: skus,
      guard: ({ expiresAt }, now) =>
        Date.parse(expiresAt) - now > COMMIT_MARGIN_MS ? undefined : 'reservation-expired',
      action: send('commit-reservation.v1', lines),
      replies: { 'stock.reservation-committed.v1': done, 'stock.commit-refused.v1': refused('reservation-expired') },
      // Committed or refused, no line is reserved any more: only committed ones go back.
      settles: ['reserve-stock'],
      undo: { action: send('return-stock.v1', lines), replies: ['stock.returned.v1'] },
    },
    {
      name: 'capture-payment',
      action: invoke('capture', (context: Context) => ({ orderId: context.data.orderId, ...paymentId(context) })),
      replies: { 'payment.captured': done },
    },
  ],
});

/** What a finished step means to the order; the capture is part of `confirm`. */
export function factOf(step: string, at: string, payment: string): OrderCommand | undefined {
  switch (step) {
    case 'reserve-stock':
      return { type: 'record-stock-reserved', at };
    case 'authorise-payment':
      return { type: 'record-authorisation', at, paymentId: payment };
    case 'commit-reservation':
      return { type: 'record-stock-committed', at };
    default:
      return undefined;
  }
}
