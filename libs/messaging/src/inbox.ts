import { bounded } from './dead-letter.js';
import { type Delivery, inSteps, type PgTx, type Queryable } from '@souk/outbox';

export interface Claim {
  /** Deliveries whose effect is not in this database yet, in their order. */
  readonly fresh: Delivery[];
  /** Whether this consumer has parked keys at all. */
  readonly hasParked: boolean;
}

/** Remembers what a consumer has received. */
export abstract class Inbox {
  /** Tells which of the deliveries are new, and remembers them; called in the transaction of their effect. */
  abstract claim(tx: PgTx, consumer: string, deliveries: readonly Delivery[]): Promise<Claim>;
}

/** The inbox rows are committed with the effect or not at all; a repeated delivery finds its row and is dropped. */
export class PgInbox extends Inbox {
  async claim(tx: PgTx, consumer: string, deliveries: readonly Delivery[]): Promise<Claim> {
    const { rows } = await tx.query<{ fresh: string[]; has_parked: boolean }>({
      name: 'inbox-claim',
      text: `with claimed as (
               insert into inbox (consumer, message_id) select $1, id from unnest($2::text[]) as id
               on conflict do nothing returning message_id)
             select array(select message_id from claimed) as fresh,
                    exists (select from parked_messages where consumer = $1) as has_parked`,
      values: [consumer, deliveries.map((delivery) => bounded(delivery.id))],
    });
    const remaining = new Set(rows[0]?.fresh);
    // delete() answers true once per id, which also drops a repeat inside the same batch.
    const fresh = deliveries.filter((delivery) => remaining.delete(bounded(delivery.id)));
    return { fresh, hasParked: rows[0]?.has_parked ?? false };
  }
}

/** Remembers one message; false when it was known. */
export async function remember(tx: PgTx, consumer: string, messageId: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    'insert into inbox (consumer, message_id) values ($1, $2) on conflict do nothing',
    [consumer, bounded(messageId)],
  );
  return rowCount === 1;
}

/**
 * Retention of event topics (7 days) and one more. Kafka deletes whole segments, so a quiet partition may keep a record longer: what an
 * offset reset brings back from there is stopped by versions and business keys, not by the inbox.
 */
const KEEP_DAYS = 8;

/** Forgets inbox rows whose messages have left their topics (`inSteps`). Returns how many. */
export function pruneInbox(db: Queryable): Promise<number> {
  return inSteps(async (limit) => {
    const { rowCount } = await db.query({
      name: 'inbox-prune',
      text: `delete from inbox where ctid = any (array(
               select ctid from inbox where received_at < now() - $1 * interval '1 day' limit $2))`,
      values: [KEEP_DAYS, limit],
    });
    return rowCount ?? 0;
  });
}
