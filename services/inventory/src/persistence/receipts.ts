import { definePoint, failpoint } from '@souk/failpoints';
import { encodeOutbox, outboxInsert, type PgTx } from '@souk/outbox';
import type { Line } from '../domain/stock.js';
import { type ReceivedLine, SOURCE, stockReceived } from '../messaging/inventory-messages.js';

const AFTER_CLAIM = definePoint('receipt.after-claim', 'the id of a receipt is claimed, no stock is booked yet');
const BEFORE_COMMIT = definePoint('receipt.before-commit', 'a receipt is booked, its transaction is not committed');

/** What the books know of a receipt id: nothing (it is claimed now), the same lines, or other ones. */
export type ReceiptClaim = 'new' | 'same' | 'other';

/** Claims the receipt id for this transaction; a concurrent claim of the same id waits here. */
export async function claimReceipt(tx: PgTx, receiptId: string, lines: readonly Line[]): Promise<ReceiptClaim> {
  const values = [receiptId, JSON.stringify(lines)];
  const claimed = await tx.query({
    name: 'receipt-claim',
    text: 'insert into receipts (receipt_id, lines) values ($1, $2::jsonb) on conflict do nothing',
    values,
  });
  if (claimed.rowCount === 1) return 'new';
  const known = await tx.query<{ same: boolean }>({
    name: 'receipt-compare',
    text: 'select lines = $2::jsonb as same from receipts where receipt_id = $1',
    values,
  });
  return known.rows[0]?.same === true ? 'same' : 'other';
}

/** Adds the lines of a claimed receipt to the stock, the ledger and the outbox; a new sku gets its row. */
export async function bookReceipt(tx: PgTx, receiptId: string, lines: readonly Line[]): Promise<ReceivedLine[]> {
  await failpoint(AFTER_CLAIM);
  const { rows } = await tx.query<ReceivedLine & { now: Date }>({
    name: 'receipt-stock',
    // Sorted, because this upsert locks row by row and others lock in sku order.
    text: `with received as (select sku, quantity from json_to_recordset($1::json) as l(sku text, quantity bigint)),
           upserted as (
             insert into stock as s (sku, available, version) select sku, quantity, 1 from received order by sku
             on conflict (sku) do update set available = s.available + excluded.available, version = s.version + 1
             returning sku, available, version)
           select sku, quantity, available, version, clock_timestamp() as now from upserted join received using (sku) order by sku`,
    values: [JSON.stringify(lines)],
  });
  const messages = rows.map(({ now, ...line }) => stockReceived(receiptId, line, now));
  await tx.query({
    name: 'receipt-ledger',
    text: `with booked as (
             insert into ledger (receipt_id, sku, kind, quantity)
             select $1, sku, 'receipt', quantity from json_to_recordset($2::json) as l(sku text, quantity bigint))
           ${outboxInsert(3)}`,
    values: [receiptId, JSON.stringify(lines), JSON.stringify(encodeOutbox(SOURCE, messages))],
  });
  await failpoint(BEFORE_COMMIT);
  return rows;
}
