const KEYS = 'idempotency_keys (key, request_hash, status, response)';
const LEDGER = 'ledger (payment_id, order_id, kind, debit, credit, amount, currency)';

/**
 * New payments, their bookings, and their keys with the answers. A key that exists keeps its row, and nothing is written of the
 * payment.
 */
export const AUTHORISE = `with input as materialized (
  select * from json_to_recordset($1::json) as i(key text, request_hash text, answer_status int, answer json,
    payment_id uuid, order_id uuid, amount bigint, currency text, status text, debit text, credit text)),
keys as (
  insert into ${KEYS} select key, request_hash, answer_status, answer from input order by key
  on conflict do nothing returning key),
written as (
  insert into payments (payment_id, order_id, amount, currency, status)
  select payment_id, order_id, amount, currency, status from input join keys using (key)),
booked as (
  insert into ${LEDGER} select payment_id, order_id, 'authorise', debit, credit, amount, currency
  from input join keys using (key) where status = 'authorised')
select key from keys`;

/**
 * Moves of payments that are where the move begins, in the order of their ids, so that two statements seldom wait for each other.
 * Of several moves of one payment the update takes one; the others are not written, and find it moved when they look. A key that
 * exists fails the statement; who repeats a move finds the payment moved and does not come that far. Naming the ids as an array
 * too is what makes the planner use the index.
 */
export const MOVE = `with input as materialized (
  select * from json_to_recordset($1::json) as i(key text, request_hash text, answer_status int,
    payment_id uuid, "from" text, "to" text, kind text, debit text, credit text)
  order by payment_id),
moved as (
  update payments p set status = i."to", updated_at = now() from input i
  where p.payment_id = i.payment_id and p.payment_id = any(array(select payment_id from input)) and p.status = i."from"
  returning i.key, i.request_hash, i.answer_status, i.kind, i.debit, i.credit, p.payment_id, p.order_id, p.amount, p.currency,
    json_build_object('paymentId', p.payment_id, 'orderId', p.order_id, 'status', p.status,
      'amount', json_build_object('amount', p.amount, 'currency', p.currency)) as answer),
keys as (insert into ${KEYS} select key, request_hash, answer_status, answer from moved),
booked as (insert into ${LEDGER} select payment_id, order_id, kind, debit, credit, amount, currency from moved)
select key, answer from moved`;

/** What a key stands for and what a payment is, as of one moment. */
export const LOOK = `select k.request_hash, k.status as answer_status, k.response, p.payment_id, p.order_id, p.amount,
  p.currency, p.status
from (select $1::text as key, $2::uuid as payment_id) asked
  left join idempotency_keys k using (key) left join payments p using (payment_id)`;

export const RECORD = `insert into ${KEYS} values ($1, $2, $3, $4) on conflict do nothing`;
