import type { PgTx, Queryable } from '@souk/outbox';
import type { SagaState } from '@souk/saga';
import type { SagaStateName } from '@souk/contracts';
import type { PlaceOrderData } from '../saga/place-order.saga.js';
import { LOCK } from './order-sql.js';

/** After so many requests without an answer, about eight minutes, a person should look; it goes on being repeated. */
const SILENT_REQUESTS = 5;

/** A saga with all that operators ask about. */
export interface SagaRow {
  readonly orderId: string;
  readonly status: string;
  readonly state: SagaStateName;
  readonly saga: SagaState<PlaceOrderData>;
  readonly dueAt: Date | null;
  readonly stuckSince: Date | null;
  readonly stuckCause: string | null;
  readonly abandonedAt: Date | null;
  readonly call: OwedCall | null;
}

/** Times are ISO 8601; `completeBy` is `infinity` where nobody may take the call up. */
export interface OwedCall {
  readonly operation: string;
  readonly payload: { readonly paymentId?: string };
  readonly owner: string | null;
  readonly completeBy: string;
  readonly failureCount: number;
  readonly needsAttention: boolean;
  readonly lastError: string | null;
  readonly failedSince: string | null;
}

export interface Intervention {
  readonly at: Date;
  readonly actor: string;
  readonly action: 'retry' | 'abandon';
  readonly reason: string | null;
  readonly outcome: string;
}

export interface SagaCount {
  readonly state: SagaStateName;
  readonly phase: string;
  readonly count: number;
  /** Of the oldest order. */
  readonly ageSeconds: number;
}

const CALL = `json_build_object('operation', c.operation, 'payload', c.payload, 'owner', c.owner, 'completeBy', c.complete_by,
  'failureCount', c.failure_count, 'needsAttention', c.needs_attention, 'lastError', c.last_error, 'failedSince', c.failed_since)`;

/** What waits has a timer or an owed call, always; so nothing else has to be looked at to find what is not finished. */
const OPEN = `open as (
    select order_id from sagas where due_at is not null union select order_id from remote_calls
    union select order_id from sagas where stuck_since is not null
    union select order_id from sagas where abandoned_at is not null)`;

const STATE = `case when s.abandoned_at is not null then 'abandoned'
    when c.needs_attention or s.stuck_since is not null or exists (
      select from json_each(s.state->'steps') e
      where e.value->>'due' is not null and (e.value->>'attempts')::int >= ${SILENT_REQUESTS}) then 'parked'
    when s.due_at is not null or c.order_id is not null then 'running' else 'finished' end`;

const COLUMNS = `s.order_id as "orderId", o.status, o.created_at, ${STATE} as state, s.phase, s.state as saga, s.due_at as "dueAt",
  s.stuck_since as "stuckSince", s.stuck_cause as "stuckCause", s.abandoned_at as "abandonedAt",
  case when c.order_id is not null then ${CALL} end as call`;
const OTHERS = 'join orders o using (order_id) left join remote_calls c using (order_id)';
const TABLES = `sagas s ${OTHERS}`;
const OPEN_TABLES = `sagas s using (order_id) ${OTHERS}`;

const LIST_OPEN = `with ${OPEN}, seen as (select ${COLUMNS} from open join ${OPEN_TABLES})
  select *, count(*) over ()::int as total from seen where state = $1 order by "orderId" limit $2`;
const LIST_FINISHED = `with ${OPEN}, seen as (
    select ${COLUMNS} from (select * from sagas where due_at is null order by order_id desc limit 1000) s ${OTHERS} order by s.order_id desc)
  select *, ((select count(*) from sagas) - (select count(*) from open))::int as total from seen where state = $1 limit $2`;
/** Row by row: few of all sagas are open, which the planner cannot know; it would read every order there is. */
const COUNT = `with ${OPEN}, seen as (
    select one.* from open cross join lateral (
      select ${STATE} as state, s.phase, o.created_at from ${TABLES} where s.order_id = open.order_id limit 1) one)
  select state, phase, count(*)::int as count, extract(epoch from now() - min(created_at))::float8 as "ageSeconds"
  from seen group by 1, 2`;

/** Sagas as operators see and change them; who changes one holds the lock of its order. */
export class SagaRecords {
  constructor(private readonly db: Queryable) {}

  async list(state: SagaStateName, limit: number): Promise<{ rows: SagaRow[]; total: number }> {
    const text = state === 'finished' ? LIST_FINISHED : LIST_OPEN;
    const { rows } = await this.db.query<SagaRow & { total: number }>(text, [state, limit]);
    return { rows, total: rows[0]?.total ?? 0 };
  }

  async count(): Promise<SagaCount[]> {
    return (await this.db.query<SagaCount>({ name: 'count-sagas', text: COUNT })).rows;
  }

  async read(orderId: string, db = this.db): Promise<SagaRow | undefined> {
    return (await db.query<SagaRow>(`select ${COLUMNS} from ${TABLES} where s.order_id = $1`, [orderId])).rows[0];
  }

  async readLocked(tx: PgTx, orderId: string): Promise<SagaRow | undefined> {
    await tx.query({ name: 'lock-orders', text: LOCK, values: [[orderId]] });
    return this.read(orderId, tx);
  }

  /** Everything is due at once, with no failures behind it; a call that an agent is at is left to him. */
  async resubmit(tx: PgTx, orderId: string): Promise<void> {
    await tx.query(
      `update remote_calls set failure_count = 0, needs_attention = false, failed_since = null,
         owner = case when complete_by >= now() then owner end,
         complete_by = case when owner is null or complete_by < now() then now() else complete_by end
       where order_id = $1`,
      [orderId],
    );
    await tx.query(
      `update sagas set due_at = case when stuck_since is null then due_at else now() end,
         stuck_since = null, stuck_cause = null, abandoned_at = null where order_id = $1`,
      [orderId],
    );
  }

  /** Nothing is tried any more; an answer that comes in spite of that is taken in. */
  async abandon(tx: PgTx, orderId: string): Promise<void> {
    await tx.query('update sagas set abandoned_at = now(), due_at = null where order_id = $1', [orderId]);
    await tx.query(
      `update remote_calls set owner = null, complete_by = 'infinity', needs_attention = true where order_id = $1`,
      [orderId],
    );
  }

  async note(tx: PgTx, orderId: string, { actor, action, reason, outcome }: Omit<Intervention, 'at'>): Promise<void> {
    const text =
      'insert into saga_interventions (order_id, actor, action, reason, outcome) values ($1, $2, $3, $4, $5)';
    await tx.query(text, [orderId, actor, action, reason, outcome]);
  }

  async interventions(orderId: string, db = this.db): Promise<Intervention[]> {
    const text = 'select at, actor, action, reason, outcome from saga_interventions where order_id = $1 order by id';
    return (await db.query<Intervention>(text, [orderId])).rows;
  }
}
