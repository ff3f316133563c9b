import { randomUUID } from 'node:crypto';
import { insertOutbox, outboxInsert, type OutboxRow, withTransaction } from '@souk/outbox';
import type pg from 'pg';

export const HOT = 'HOT-SKU-1';

/** The outbox row of a reservation, as a service of the usual build would write it. */
const answerTo = (orderId: string): OutboxRow => ({
  lane: 0,
  topic: 'inventory.reservations.v1',
  key: orderId,
  headers: { ce_id: randomUUID(), ce_type: 'stock.reserved.v1', ce_source: '/bench', ce_subject: orderId },
  value: JSON.stringify({ orderId, lines: [{ sku: HOT, quantity: 1 }] }),
});

/** Inbox, lock, check, update, reservation, outbox: one round trip each, one reservation a transaction. No ledger, no level event. */
export function selectForUpdate(pool: pg.Pool): () => Promise<void> {
  return () =>
    withTransaction(pool, async (tx) => {
      const orderId = randomUUID();
      await tx.query({
        name: 'r-inbox',
        text: `insert into inbox values ('rival', $1) on conflict do nothing`,
        values: [randomUUID()],
      });
      const { rows } = await tx.query<{ available: number }>({
        name: 'r-lock',
        text: 'select available from stock where sku = $1 for update',
        values: [HOT],
      });
      if ((rows[0]?.available ?? 0) < 1) throw new Error('sold out');
      await tx.query({ name: 'r-update', text: MOVE, values: [HOT] });
      await tx.query({ name: 'r-reserve', text: RESERVE, values: [orderId, HOT] });
      await insertOutbox(tx, [answerTo(orderId)]);
    });
}

/** All of it in one statement that the check of the stock is part of: the shortest that one reservation a transaction can be. */
export function conditionalUpdate(pool: pg.Pool): () => Promise<void> {
  return async () => {
    const orderId = randomUUID();
    const values = [HOT, orderId, randomUUID(), JSON.stringify([answerTo(orderId)])];
    await pool.query({ name: 'r-conditional', text: CONDITIONAL, values });
  };
}

const MOVE = `update stock set available = available - 1, reserved = reserved + 1, version = version + 1 where sku = $1`;
const RESERVE = `insert into reservations (order_id, sku, quantity, state, expires_at)
  values ($1, $2, 1, 'live', now() + interval '15 minutes')`;
const CONDITIONAL = `with fresh as (
    insert into inbox values ('rival', $3) on conflict do nothing returning message_id),
  moved as (
    update stock set available = available - 1, reserved = reserved + 1, version = version + 1
    where sku = $1 and available >= 1 and exists (select from fresh) returning sku),
  reserved as (
    insert into reservations (order_id, sku, quantity, state, expires_at)
    select $2::uuid, sku, 1, 'live', now() + interval '15 minutes' from moved returning order_id)
  ${outboxInsert(4, '(select count(*) from reserved) > 0')}`;
