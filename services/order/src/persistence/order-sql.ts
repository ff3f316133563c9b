/** Columns of one change in the JSON parameter $1; both writes below share what follows the order row. */
const COLUMNS = `order_id uuid, user_id text, status text, version int, seen xid, cart_version int,
  principal text, route text, key text, body_hash text, response json,
  events json, snapshot json, phase text, saga json, moves boolean, due_at timestamptz, cause json,
  call json, answered text, messages json`;

const INPUT = `input as materialized (select * from json_to_recordset($1::json) as i(${COLUMNS}))`;

/**
 * Everything that belongs to an order row, taken from \`written\`, the RETURNING of the order write: no event, saga, call or
 * message without it, and none before the row is locked (outbox ids then follow the commit order of their order).
 * A saga that the change does not move keeps its row: when it is due, and that an operator has abandoned it.
 * $2 is the agent that claims the calls, $3 the length of the claim in ms.
 */
const FOLLOWERS = `
appended as (
  insert into order_events (order_id, version, type, schema_version, at, data, actor, correlation_id, causation_id)
  select i.order_id, e.version, e.type, e.schema_version, e.at, e.data, e.actor, e.correlation_id, e.causation_id
  from written w join input i using (order_id),
    json_to_recordset(i.events) as e(version int, type text, schema_version smallint, at timestamptz, data jsonb,
      actor text, correlation_id text, causation_id text)),
saga as (
  insert into sagas (order_id, phase, state, due_at, cause)
  select i.order_id, i.phase, i.saga, i.due_at, i.cause from written w join input i using (order_id) where i.moves
  on conflict (order_id) do update set phase = excluded.phase, state = excluded.state, due_at = excluded.due_at,
    stuck_since = null, stuck_cause = null, abandoned_at = null),
claimed as (
  insert into remote_calls (order_id, operation, payload, context, owner, complete_by)
  select i.order_id, i.call->>'operation', i.call->'payload', i.call->'context', $2, now() + $3 * interval '1 ms'
  from written w join input i using (order_id) where i.call is not null
  on conflict (order_id) do update set operation = excluded.operation, payload = excluded.payload, context = excluded.context,
    owner = excluded.owner, complete_by = excluded.complete_by, failure_count = 0, needs_attention = false,
    last_error = null, failed_since = null),
answered as (
  delete from remote_calls r using written w join input i using (order_id)
  where r.order_id = i.order_id and r.operation = i.answered and i.call is null),
published as (
  insert into outbox (lane, topic, key, headers, value)
  select m.lane, m.topic, m.key, m.headers, m.value
  from written w join input i using (order_id),
    rows from (json_to_recordset(i.messages) as (lane smallint, topic text, key text, headers jsonb, value text))
      with ordinality as m(lane, topic, key, headers, value, position)
  order by i.order_id, m.position)
select order_id from written`;

/**
 * New orders. An idempotency key that exists already keeps its row, and the order of the loser is not written; nor is one whose
 * cart has changed since it was read.
 */
export const PLACE = `with ${INPUT},
carted as (
  select i.order_id from input i join carts c on c.user_id = i.user_id and c.version = i.cart_version
  order by c.user_id for update of c),
keys as (
  insert into idempotency_keys (principal, route, key, body_hash, order_id, response)
  select principal, route, key, body_hash, order_id, response from input
  where cart_version is null or order_id in (select order_id from carted)
  order by principal, route, key
  on conflict do nothing returning order_id),
written as (
  insert into orders (order_id, user_id, status, version, cart_version)
  select i.order_id, i.user_id, i.status, i.version, i.cart_version from input i join keys using (order_id)
  returning order_id),
emptied as (
  update carts c set lines = '[]', version = c.version + 1, updated_at = now()
  from written w join input i using (order_id)
  where c.user_id = i.user_id and c.version = i.cart_version),
${FOLLOWERS}`;

/**
 * Changes of orders that are as they were read: xmin is the transaction that wrote the row, so also a step that no event tells of is
 * noticed. Naming the ids as an array too is what makes the planner use the index, and lock the rows in the order of ids.
 */
const WRITTEN = `
written as (
  update orders o set status = i.status, version = i.version, updated_at = now()
  from input i where o.order_id = i.order_id and o.xmin = i.seen
    and o.order_id = any(array(select order_id from input))
  returning o.order_id)`;

export const CHANGE = `with ${INPUT}, ${WRITTEN}, ${FOLLOWERS}`;

/** A text of its own: most changes take no snapshot and need not pay for the question. */
export const CHANGE_WITH_SNAPSHOTS = `with ${INPUT}, ${WRITTEN},
snapshots as (
  insert into order_snapshots (order_id, version, evolve_version, state)
  select i.order_id, i.version, (i.snapshot->>'evolveVersion')::smallint, i.snapshot->'state'
  from written w join input i using (order_id) where i.snapshot is not null
  on conflict (order_id) do update set version = excluded.version, evolve_version = excluded.evolve_version,
    state = excluded.state, taken_at = now()),
${FOLLOWERS}`;

/** Always in the order of ids, so that two transactions with common orders wait instead of deadlocking. */
export const LOCK = 'select order_id from orders where order_id = any($1::uuid[]) order by order_id for update';

const EVENT = `'version', e.version, 'type', e.type, 'schema_version', e.schema_version, 'at', e.at, 'data', e.data`;

/** The snapshot, and the events after it. */
const STATE = `o.version, p.state as snapshot,
  (select json_agg(json_build_object(${EVENT}) order by e.version) from order_events e
    where e.order_id = o.order_id and e.version > coalesce(p.version, 0)) as events`;

/** $2 is the version of the fold. The limit keeps the planner from reading all snapshots at once. */
const SNAPSHOT = `left join lateral (select version, state from order_snapshots
  where order_id = o.order_id and evolve_version = $2 limit 1) p on true`;

/** One statement, so that row, events and saga are of one moment. */
export const LOAD = `select o.order_id, o.xmin, ${STATE}, s.state
  from orders o left join sagas s using (order_id) ${SNAPSHOT} where o.order_id = any($1::uuid[])`;

export const READ = `select ${STATE} from orders o ${SNAPSHOT} where o.order_id = $1`;

/** Everything that has happened, and who and what stands behind it. */
export const FACTS = `select json_agg(json_build_object(${EVENT}, 'actor', e.actor, 'correlation_id', e.correlation_id,
  'causation_id', e.causation_id) order by e.version) as facts from order_events e where e.order_id = $1`;
