import type { PgTx } from '@souk/outbox';
import type { Line } from '../domain/stock.js';

export interface OverdueLine extends Line {
  readonly orderId: string;
}

/** Advisory lock key of the sweep: one number, which PostgreSQL never takes for one of the pairs of relays and consumers. */
const SWEEP = 0x5012;

/**
 * The oldest overdue lines by database time; none while another replica sweeps. They are not locked here: a row lock before
 * the stock lock would meet the consumers, which take them the other way round. Whoever settles a line looks at it again.
 */
export async function overdueLines(tx: PgTx, limit: number): Promise<OverdueLine[]> {
  const { rows } = await tx.query<OverdueLine>({
    name: 'reservations-overdue',
    text: `select order_id as "orderId", sku, quantity from reservations
           where (select pg_try_advisory_xact_lock($1)) and state = 'live' and expires_at <= clock_timestamp()
           order by expires_at limit $2`,
    values: [SWEEP, limit],
  });
  return rows;
}
