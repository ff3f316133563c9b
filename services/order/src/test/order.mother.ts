import { type StoredFact, toStored } from '../persistence/stored-event.js';
import { evolve, fold, type Order, type OrderDetails, type OrderEvent } from '../domain/order.js';

export const ORDER_ID = '01930000-0000-7000-8000-000000000001';
export const PAYMENT_ID = '01930000-0000-7000-8000-00000000000a';
export const NOON = '2026-01-01T12:00:00.000Z';
/** Seconds after noon, as events and commands carry it. */
export const at = (seconds: number): string => new Date(Date.parse(NOON) + seconds * 1_000).toISOString();

export const EUR = (amount: number) => ({ amount, currency: 'EUR' });

/** Alice orders two teapots and a cup. */
export const details = (overrides: Partial<OrderDetails> = {}): OrderDetails => ({
  orderId: ORDER_ID,
  userId: 'alice',
  lines: [
    { sku: 'TEAPOT', name: 'Teapot', quantity: 2, unitPrice: EUR(2_500) },
    { sku: 'CUP', name: 'Cup', quantity: 1, unitPrice: EUR(499) },
  ],
  total: EUR(5_499),
  address: { name: 'Alice', street: 'Main Street 1', city: 'Berlin', postalCode: '10115', country: 'DE' },
  paymentMethod: { type: 'card', token: 'tok_visa' },
  returnDays: 14,
  ...overrides,
});

export const placed: OrderEvent = { ...details(), type: 'placed', at: NOON };
export const reserved: OrderEvent = { type: 'stock-reserved', at: at(1) };
export const authorised: OrderEvent = { type: 'payment-authorised', at: at(2), paymentId: PAYMENT_ID };
export const committed: OrderEvent = { type: 'stock-committed', at: at(3) };
export const captured: OrderEvent = { type: 'payment-captured', at: at(4), paymentId: PAYMENT_ID };
export const confirmed: OrderEvent = { type: 'confirmed', at: at(4), paymentId: PAYMENT_ID };
export const cancelRequested: OrderEvent = { type: 'cancel-requested', at: at(5) };
export const cancelledPaid: OrderEvent = {
  type: 'cancelled',
  at: at(6),
  outstanding: { refund: true, stock: ['TEAPOT', 'CUP'] },
};
export const shipped: OrderEvent = { type: 'shipped', at: at(7) };
export const returnRequested: OrderEvent = {
  type: 'return-requested',
  at: at(8),
  outstanding: { refund: true, stock: ['TEAPOT', 'CUP'] },
};

export const path = {
  placed: [placed],
  'stock-reserved': [placed, reserved],
  'payment-authorised': [placed, reserved, authorised],
  'stock-committed': [placed, reserved, authorised, committed],
  confirmed: [placed, reserved, authorised, committed, captured, confirmed],
  shipped: [placed, reserved, authorised, committed, captured, confirmed, shipped],
  'return-requested': [placed, reserved, authorised, committed, captured, confirmed, shipped, returnRequested],
} as const satisfies Record<string, readonly OrderEvent[]>;

/** As the event table holds them. */
export const asFacts = (events: readonly OrderEvent[], who: Partial<StoredFact> = {}): StoredFact[] =>
  events.map((event, i) => ({
    ...toStored(event, i + 1),
    actor: null,
    correlation_id: null,
    causation_id: null,
    ...who,
  }));

export function anOrder(...events: readonly OrderEvent[]): Order {
  const order = fold(events);
  return order ?? evolve(undefined, placed);
}
