import { pruneInbox } from '@souk/messaging';
import { inSteps, type Queryable } from '@souk/outbox';

/** Forgets keys after 24 h and inbox rows a day after their messages have left the topics (7 days). Returns the rows gone. */
export async function tidyUp(db: Queryable): Promise<number> {
  const keys = await inSteps(async (limit) => {
    const { rowCount } = await db.query(
      `delete from idempotency_keys where ctid = any (array(
         select ctid from idempotency_keys where created_at < now() - interval '24 hours' limit $1))`,
      [limit],
    );
    return rowCount ?? 0;
  });
  return keys + (await pruneInbox(db));
}
