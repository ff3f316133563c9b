import type pg from 'pg';
import type { Payment } from '../domain/payment.js';
import { type PaymentRow, toPayment } from './payment-row.js';

export interface OrderSums {
  readonly orderId: string;
  readonly currency: string;
  readonly captured: number;
  readonly refunded: number;
  readonly authorisedOpen: number;
}

/** Oldest first. */
export async function paymentsOfOrder(pool: pg.Pool, orderId: string): Promise<Payment[]> {
  const text = 'select * from payments where order_id = $1 order by created_at, payment_id';
  return (await pool.query<PaymentRow>(text, [orderId])).rows.map(toPayment);
}

/** Sums in minor units over everything, one row a currency. */
export async function totals(pool: pg.Pool): Promise<Omit<OrderSums, 'orderId'>[]> {
  const { rows } = await pool.query<Omit<OrderSums, 'orderId'>>(
    `select currency, sum(captured)::bigint as captured, sum(refunded)::bigint as refunded,
            sum(authorised_open)::bigint as "authorisedOpen"
     from order_sums group by currency order by currency`,
  );
  return rows;
}

/** Sums of so many orders after `after` (an order id), by order id; of the last order with all its currencies, so there may be more rows. */
export async function sumsByOrder(pool: pg.Pool, after: string, limit: number): Promise<OrderSums[]> {
  const { rows } = await pool.query<OrderSums>(
    `select order_id as "orderId", currency, captured, refunded, authorised_open as "authorisedOpen"
     from order_sums where order_id > $1 order by order_id fetch first $2 rows with ties`,
    [after, limit],
  );
  return rows;
}
