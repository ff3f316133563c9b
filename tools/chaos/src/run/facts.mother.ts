import type { Facts, OrderFact } from '../../../cli/src/shop/audit/facts.ts';

const HAPPY = ['placed', 'stock-reserved', 'payment-authorised', 'stock-committed', 'payment-captured', 'confirmed'];

/** An order of one unit of TEA, paid for unless it stands elsewhere. */
export const orderFact = (orderId: string, types: readonly string[] = HAPPY): OrderFact => ({
  orderId,
  userId: 'ann',
  version: types.length,
  lines: [{ sku: 'TEA', quantity: 1, unitPrice: { amount: 250, currency: 'EUR' } }],
  total: 250,
  currency: 'EUR',
  events: types.map((type, index) => ({ version: index + 1, type })),
});

/** Books that agree on these orders, all of them paid for, aside from what is given. */
export const factsOf = (orderIds: readonly string[], given: Partial<Facts> = {}): Facts => ({
  orders: orderIds.map((orderId) => orderFact(orderId)),
  reservations: orderIds.map((orderId) => ({
    orderId,
    sku: 'TEA',
    quantity: 1,
    state: 'committed',
    overdueSeconds: -600,
  })),
  payments: orderIds.map((orderId) => ({
    paymentId: `pay-${orderId}`,
    orderId,
    currency: 'EUR',
    authorised: 250,
    captured: 250,
    voided: 0,
    refunded: 0,
  })),
  stock: [
    { sku: 'TEA', received: 10, available: 10 - orderIds.length, reserved: 0, committed: orderIds.length, ok: true },
  ],
  queues: [],
  terms: [],
  baskets: new Map(orderIds.map((orderId) => [orderId, { counts: true, skus: ['TEA'] }])),
  ...given,
});
