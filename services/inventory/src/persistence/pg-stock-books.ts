import { definePoint, failpoint } from '@souk/failpoints';
import { encodeOutbox, outboxInsert, type OutgoingMessage, type PgTx } from '@souk/outbox';
import type { RejectionReason, ReservationState } from '../domain/reservation.js';
import { type BookChanges, type ReservationLine, StockBook } from '../domain/stock-book.js';
import type { StockLevel } from '../domain/stock.js';
import { levelChanged, SOURCE } from '../messaging/inventory-messages.js';
import { type Scope, StockBooks } from './stock-books.js';

const AFTER_LOCK = definePoint(
  'inventory.after-lock',
  'stock and reservations are locked and read, nothing is decided',
);
const BEFORE_COMMIT = definePoint(
  'inventory.before-commit',
  'stock, reservations, ledger and outbox are written, nothing is committed',
);

/** How rows of stock are read and written; `move` takes a recordset $1 of what `rowOf` makes of a changed level. */
export interface StockStatements {
  readonly read: string;
  readonly move: string;
  readonly rowOf: (change: BookChanges['levels'][number]) => object;
}

/** Differences, not totals: together with the checks on the table a write that raced ours could fail but not oversell. */
const locked: StockStatements = {
  read: 'select sku, available, reserved, committed, version from stock where sku = any($1) order by sku for update',
  move: `update stock s
    set available = s.available + d.available, reserved = s.reserved + d.reserved, committed = s.committed + d.committed,
        version = s.version + 1
    from json_to_recordset($1::json) as d(sku text, available bigint, reserved bigint, committed bigint)
    where s.sku = d.sku`,
  rowOf: ({ before, after }) => ({
    sku: after.sku,
    available: after.available - before.available,
    reserved: after.reserved - before.reserved,
    committed: after.committed - before.committed,
  }),
};

/** Three statements whatever the size: lock and read stock, read the clock and the reservations, write all changes. */
export class PgStockBooks extends StockBooks {
  readonly #saveText: string;

  constructor(private readonly statements = locked) {
    super();
    this.#saveText = saveTextOf(statements.move);
  }

  async update(tx: PgTx, scope: Scope, work: (book: StockBook) => Promise<OutgoingMessage[]>): Promise<void> {
    const book = await load(tx, scope, this.statements);
    await failpoint(AFTER_LOCK);
    const messages = await work(book);
    const changes = book.changes();
    await save(tx, { text: this.#saveText, rowOf: this.statements.rowOf }, changes, [
      ...messages,
      ...changes.levels.flatMap((level) => levelChanged(level, book.now)),
    ]);
    await failpoint(BEFORE_COMMIT);
  }
}

/**
 * Each update takes its stock locks first, all at once and in sku order: two orders with the same lines in opposite
 * order wait for each other but not in a circle. The locks also guard the reservations, which are read after them.
 */
async function load(tx: PgTx, { skus, orderIds }: Scope, { read }: StockStatements): Promise<StockBook> {
  const levels = await tx.query<StockLevel>({ name: 'stock-lock', text: read, values: [skus] });
  // A statement of its own: it sees what was committed, and tells the time that has passed, while the locks were waited for.
  const { rows } = await tx.query<Reading>({ name: 'clock-and-reservations', text: READ, values: [orderIds, skus] });
  const now = rows[0]?.now;
  if (now === undefined) throw new Error('the database did not tell the time');
  return new StockBook(now, levels.rows, rows.filter(isLine).map(toLine));
}

/** One row a reservation, or one with the time alone. */
const READ = `select c.now, r.order_id, r.sku, r.quantity, r.state, r.expires_at, r.reason, r.short_available
  from (select clock_timestamp() as now) c
  left join reservations r on r.order_id = any($1::uuid[]) and r.sku = any($2)`;

type Reading = { now: Date } & (ReservationRow | { order_id: null });

const isLine = (row: Reading): row is Reading & ReservationRow => row.order_id !== null;

type ReservationRow = { order_id: string; sku: string; quantity: number } & (
  | { state: 'rejected'; reason: RejectionReason; short_available: number | null }
  | { state: Exclude<ReservationState, 'none' | 'rejected'>; expires_at: Date }
);

function toLine(row: ReservationRow): ReservationLine {
  const { order_id: orderId, sku, quantity } = row;
  return row.state === 'rejected'
    ? { orderId, sku, line: { state: row.state, quantity, reason: row.reason, short: row.short_available } }
    : { orderId, sku, line: { state: row.state, quantity, expiresAt: row.expires_at } };
}

const saveTextOf = (move: string): string => `
  with moved as (${move}), settled as (
    insert into reservations as r (order_id, sku, quantity, state, expires_at, reason, short_available)
    select order_id, sku, quantity, state, expires_at, reason, short_available from json_to_recordset($2::json)
      as l(order_id uuid, sku text, quantity int, state text, expires_at timestamptz, reason text, short_available bigint)
    on conflict (order_id, sku) do update set state = excluded.state, updated_at = now()
  ), booked as (
    insert into ledger (order_id, sku, kind, quantity)
    select order_id, sku, kind, quantity from json_to_recordset($3::json)
      as e(order_id uuid, sku text, kind text, quantity bigint)
  )
  ${outboxInsert(4)}`;

async function save(
  tx: PgTx,
  { text, rowOf }: Pick<StockStatements, 'rowOf'> & { text: string },
  { levels, lines, ledger }: BookChanges,
  messages: readonly OutgoingMessage[],
): Promise<void> {
  const rows = lines.map(({ orderId, sku, line }) => ({ order_id: orderId, sku, ...toColumns(line) }));
  const entries = ledger.map(({ orderId, ...entry }) => ({ order_id: orderId, ...entry }));
  const parameters = [levels.map(rowOf), rows, entries, encodeOutbox(SOURCE, messages)];
  const values = parameters.map((parameter) => JSON.stringify(parameter));
  await tx.query({ name: 'stock-save', text, values });
}

const toColumns = (line: ReservationLine['line']) =>
  line.state === 'rejected'
    ? { state: line.state, quantity: line.quantity, reason: line.reason, short_available: line.short }
    : { state: line.state, quantity: line.quantity, expires_at: line.expiresAt.toISOString() };
