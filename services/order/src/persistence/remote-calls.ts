import type { Queryable } from '@souk/messaging';
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

export interface ReclaimedCall {
  readonly orderId: string;
  readonly operation: string;
  readonly failureCount: number;
  readonly lastError: string | null;
}

/** After this many failures a person should look; the call goes on being tried, slowly, so that it heals with its cause. */
export const ATTENTION_AFTER = 10;
const LONGEST_PAUSE_MS = 30_000;

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

  /** Gives a failed call back; whoever supervises takes it up again after a pause that grows with the failures. */
  async handBack({ orderId, operation }: RemoteCall, error: string, permanent: boolean): Promise<void> {
    await this.db.query({
      name: 'hand-back-call',
      text: `update remote_calls set owner = null, last_error = $4, needs_attention = needs_attention or $5,
               complete_by = now() + least(500 * 2 ^ least(failure_count, 10), $6) * interval '1 ms'
             where order_id = $1 and operation = $2 and owner = $3`,
      values: [orderId, operation, this.owner, error.slice(0, 500), permanent, LONGEST_PAUSE_MS],
    });
  }

  /** Takes over calls whose claim has run out, for `claimMs` from now; nobody else gets the same ones. */
  async reclaim(limit: number, claimMs: number): Promise<ReclaimedCall[]> {
    const { rows } = await this.db.query<ReclaimedCall>({
      name: 'reclaim-calls',
      text: `update remote_calls r set owner = $1, complete_by = now() + $2 * interval '1 ms', failure_count = r.failure_count + 1,
               needs_attention = r.needs_attention or r.failure_count + 1 >= $4
             from (select order_id from remote_calls where complete_by < now() order by complete_by limit $3 for update skip locked) due
             where r.order_id = due.order_id
             returning r.order_id as "orderId", r.operation, r.failure_count as "failureCount", r.last_error as "lastError"`,
      values: [this.owner, claimMs, limit, ATTENTION_AFTER],
    });
    return rows;
  }
}
