// Pattern: Scheduler Agent Supervisor; Pattern: Leader Election (every write of the leader looks at the fence)
import { FENCE_HOLDS } from '@souk/election';
import type { PgTx, Queryable } from '@souk/outbox';
import { ATTENTION_AFTER, NEEDS_ATTENTION } from './remote-calls.js';

/** Name of the lease and of its fence. */
export const SUPERVISOR = 'saga-supervisor';

/** A newer leader is at work: what this one wanted to write was refused. */
/** Sagas that cannot be moved, and are put off; `errors` says why. */
export class StuckSagas extends AggregateError {
  override readonly name = 'StuckSagas';
}

export class Deposed extends Error {
  override readonly name = 'Deposed';

  constructor(readonly epoch: number) {
    super(`the supervisor of epoch ${epoch} is deposed`);
  }
}

export interface FreedCall {
  readonly orderId: string;
  readonly operation: string;
  readonly failureCount: number;
  readonly lastError: string | null;
}

export interface StuckSaga {
  readonly orderId: string;
  readonly cause: string;
}

const leaderWith = (fence: string): string => `leader(name, epoch) as (values ('${SUPERVISOR}', $1::bigint)), ${fence}`;
const IS_LEADER = 'exists (select from fence)';

const free = (fence: string): string => `with ${leaderWith(fence)},
  freed as (
    update remote_calls r set owner = null, complete_by = now(), ${NEEDS_ATTENTION('r.failure_count + 1 >= $3')},
      last_error = coalesce(r.last_error, 'the agent did not answer in time')
    from (select order_id from remote_calls where owner is not null and complete_by < now()
          order by complete_by limit $2 for update skip locked) due
    where r.order_id = due.order_id and ${IS_LEADER}
    returning r.order_id as "orderId", r.operation, r.failure_count as "failureCount", r.last_error as "lastError")
  select ${IS_LEADER} as leads, coalesce((select json_agg(f) from freed f), '[]') as freed`;

const check = (fence: string): string => `with ${leaderWith(fence)} select ${IS_LEADER} as leads`;

const postpone = (fence: string): string => `with ${leaderWith(fence)},
  postponed as (
    update sagas s set due_at = $3, stuck_since = coalesce(s.stuck_since, now()), stuck_cause = i.cause
    from json_to_recordset($2::json) as i("orderId" uuid, cause text)
    where s.order_id = i."orderId" and s.due_at < $3 and ${IS_LEADER})
  select ${IS_LEADER} as leads`;

/**
 * What the supervisor writes. Each statement holds the fence, so a leader that slept through the end of its term changes
 * nothing. @throws Deposed
 */
export class Supervision {
  readonly #free: string;
  readonly #check: string;
  readonly #postpone: string;

  /** @param fence the CTEs that keep deposed leaders out */
  constructor(
    private readonly db: Queryable,
    fence = FENCE_HOLDS,
  ) {
    this.#free = free(fence);
    this.#check = check(fence);
    this.#postpone = postpone(fence);
  }

  /** Takes calls from agents that let their claim run out; any agent may claim them from now on. */
  async free(epoch: number, limit: number): Promise<FreedCall[]> {
    type Row = { leads: boolean; freed: FreedCall[] };
    const values = [epoch, limit, ATTENTION_AFTER];
    const { rows } = await this.db.query<Row>({ name: 'free-calls', text: this.#free, values });
    if (!rows[0]?.leads) throw new Deposed(epoch);
    return rows[0].freed;
  }

  /** First in a transaction: what follows in it is the leader's, or nothing at all. */
  async check(tx: PgTx, epoch: number): Promise<void> {
    await this.#ask(tx, epoch, { name: 'check-leader', text: this.#check, values: [epoch] });
  }

  /** Leaves sagas that cannot be moved alone until then, and says why. */
  async postpone(epoch: number, stuck: readonly StuckSaga[], until: Date): Promise<void> {
    const values = [epoch, JSON.stringify(stuck), until];
    await this.#ask(this.db, epoch, { name: 'postpone-sagas', text: this.#postpone, values });
  }

  async #ask(db: Queryable, epoch: number, query: { name: string; text: string; values: unknown[] }): Promise<void> {
    const { rows } = await db.query<{ leads: boolean }>(query);
    if (!rows[0]?.leads) throw new Deposed(epoch);
  }
}
