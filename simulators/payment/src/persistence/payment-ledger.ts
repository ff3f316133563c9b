import { uuid } from '@souk/contracts';
import type { PgTx } from '@souk/messaging';
import type pg from 'pg';
import { PaymentError } from '../domain/payment.errors.js';
import { bookings, type MoveKind, type Payment, type PaymentStatus } from '../domain/payment.js';

interface PaymentRow {
  payment_id: string;
  order_id: string;
  amount: number;
  currency: string;
  status: PaymentStatus;
}

export interface OrderSums {
  readonly orderId: string;
  readonly currency: string;
  readonly captured: number;
  readonly refunded: number;
  readonly authorisedOpen: number;
}

/** Writes a new payment; an authorised one is booked in the same statement. */
export async function insertPayment(tx: PgTx, { paymentId, orderId, amount, status }: Payment): Promise<void> {
  const { debit, credit } = bookings.authorise;
  await tx.query({
    name: 'insert-payment',
    text: `with payment as (
       insert into payments (payment_id, order_id, amount, currency, status) values ($1, $2, $3, $4, $5) returning *
     )
     insert into ledger (payment_id, order_id, kind, debit, credit, amount, currency)
     select payment_id, order_id, 'authorise', $6, $7, amount, currency from payment where status = 'authorised'`,
    values: [paymentId, orderId, amount.amount, amount.currency, status, debit, credit],
  });
}

const LOCK = 'select * from payments where payment_id = $1 for update';

/** Locks the payment for the rest of the transaction. @throws PaymentError `payment-not-found` */
export async function lockPayment(tx: PgTx, paymentId: string): Promise<Payment> {
  // An id that cannot exist is one that does not; PostgreSQL would call it a syntax error.
  const { rows } = uuid.safeParse(paymentId).success
    ? await tx.query<PaymentRow>({ name: 'lock-payment', text: LOCK, values: [paymentId] })
    : { rows: [] };
  if (rows[0] === undefined) throw new PaymentError('not-found', 'payment-not-found', 'There is no such payment.');
  return toPayment(rows[0]);
}

/** The state and its booking are one statement: neither is ever there without the other. */
export async function bookMove(tx: PgTx, paymentId: string, kind: MoveKind, status: PaymentStatus): Promise<void> {
  const { debit, credit } = bookings[kind];
  await tx.query({
    name: 'book-move',
    text: `with payment as (
       update payments set status = $2, updated_at = now() where payment_id = $1 returning *
     )
     insert into ledger (payment_id, order_id, kind, debit, credit, amount, currency)
     select payment_id, order_id, $3, $4, $5, amount, currency from payment`,
    values: [paymentId, status, kind, debit, credit],
  });
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

/** Sums of the orders after `after` (an order id), by order id. */
export async function sumsByOrder(pool: pg.Pool, after: string, limit: number): Promise<OrderSums[]> {
  const { rows } = await pool.query<OrderSums>(
    `select order_id as "orderId", currency, captured, refunded, authorised_open as "authorisedOpen"
     from order_sums where order_id > $1 order by order_id, currency limit $2`,
    [after, limit],
  );
  return rows;
}

const toPayment = (row: PaymentRow): Payment => ({
  paymentId: row.payment_id,
  orderId: row.order_id,
  amount: { amount: row.amount, currency: row.currency },
  status: row.status,
});
