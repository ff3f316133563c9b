import { pruneInbox } from '@souk/messaging';
import type { Queryable } from '@souk/outbox';

const AT_ONCE = 5_000;

/** Forgets keys after 24 h and inbox rows a day after their messages have left the topics (7 days). Returns the rows gone. */
export async function tidyUp(db: Queryable): Promise<number> {
  const keys = await db.query(
    `delete from idempotency_keys where ctid = any (array(
       select ctid from idempotency_keys where created_at < now() - interval '24 hours' limit ${AT_ONCE}))`,
  );
  return (keys.rowCount ?? 0) + (await pruneInbox(db, AT_ONCE));
}
