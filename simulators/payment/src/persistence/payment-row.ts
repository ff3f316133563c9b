import type { Payment, PaymentStatus } from '../domain/payment.js';

export interface PaymentRow {
  readonly payment_id: string;
  readonly order_id: string;
  readonly amount: number;
  readonly currency: string;
  readonly status: PaymentStatus;
}

export const toPayment = (row: PaymentRow): Payment => ({
  paymentId: row.payment_id,
  orderId: row.order_id,
  amount: { amount: row.amount, currency: row.currency },
  status: row.status,
});
