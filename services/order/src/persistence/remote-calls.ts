import type { Queryable } from '@souk/outbox';
import type { Cause } from '../messaging/order-messages.js';

/** A call to the outside world that this process has claimed. */
export interface RemoteCall {
  readonly orderId: string;
  readonly operation: string;
  readonly payload: unknown;
  readonly context: Cause;
  /** What is left of the claim, by the clock of the database. */
  readonly leftMs: number;
}

/** After this many failures a person should look; the call goes on being tried, slowly, so that it heals with its cause. */
export const ATTENTION_AFTER = 10;
const LONGEST_PAUSE_MS = 30_000;

/** What a failure does to a call, whoever notices it; `test` says when it is for a person. */
export const NEEDS_ATTENTION = (test: string): string => `failure_count = r.failure_count + 1,
      failed_since = coalesce(r.failed_since, now()), needs_attention = r.needs_attention or ${test}`;

/** The table remote_calls: who owes which call until when. */
export class RemoteCalls {
  constructor(
    private readonly db: Queryable,
    private readonly owner: string,
  ) {}

  /** Claims of this process that have not run out, the most urgent first. */
  async mine(limit: number): Promise<RemoteCall[]> {
    const { rows } = await this.db.query<RemoteCall>({
      name: 'my-calls',
      text: `select order_id as "orderId", operation, payload, context,
               (extract(epoch from complete_by - now()) * 1000)::int as "leftMs"
             from remote_calls where owner = $1 and complete_by > now() order by complete_by limit $2`,
      values: [this.owner, limit],
    });
    return rows;
  }

  /**
   * Claims of this process that wait for their turn get their full time again: a call that begins with the rest of it is likely to
   * fail, and its next try costs more than it did. So many do, the most urgent; what waits beyond them is nobody's again, without a
   * failure, since keeping thousands of claims alive takes what would end them. `underWay` are those that have begun; their time runs.
   * @returns how many are nobody's now
   */
  async renew(underWay: readonly string[], claimMs: number, most: number): Promise<number> {
    const { rows } = await this.db.query<{ beyond: boolean }>({
      name: 'renew-calls',
      text: `with waiting as materialized (
               select order_id, row_number() over (order by complete_by, order_id) > $4 as beyond from remote_calls
               where owner = $1 and complete_by > now() and order_id <> all ($2::uuid[]))
             update remote_calls r set owner = case when not beyond then owner end,
               complete_by = case when beyond then now() else now() + $3 * interval '1 ms' end
             from waiting w where r.order_id = w.order_id and owner = $1
               and (beyond or complete_by < now() + $3 / 2 * interval '1 ms')
             returning beyond`,
      values: [this.owner, underWay, claimMs, most],
    });
    return rows.filter(({ beyond }) => beyond).length;
  }

  /** Claims calls that are nobody's and whose time has come, for `claimMs` from now; nobody else gets the same ones. */
  async claim(limit: number, claimMs: number): Promise<number> {
    const { rowCount } = await this.db.query({
      name: 'claim-calls',
      text: `update remote_calls r set owner = $1, complete_by = now() + $2 * interval '1 ms'
             from (select order_id from remote_calls where owner is null and complete_by <= now()
                   order by complete_by limit $3 for update skip locked) due
             where r.order_id = due.order_id`,
      values: [this.owner, claimMs, limit],
    });
    return rowCount ?? 0;
  }

  /**
   * Gives a failed call back; any agent takes it up again after a pause that grows with the failures. One that was refused for good
   * is asked for again by a person only.
   */
  async handBack({ orderId, operation }: RemoteCall, error: string, permanent: boolean): Promise<void> {
    await this.db.query({
      name: 'hand-back-call',
      text: `update remote_calls r set owner = null, last_error = $4, ${NEEDS_ATTENTION('$5 or r.failure_count + 1 >= $7')},
               complete_by = case when $5 then 'infinity'
                 else now() + least(500 * 2 ^ least(r.failure_count, 10), $6) * interval '1 ms' end
             where r.order_id = $1 and r.operation = $2 and r.owner = $3`,
      values: [orderId, operation, this.owner, error.slice(0, 500), permanent, LONGEST_PAUSE_MS, ATTENTION_AFTER],
    });
  }
}
