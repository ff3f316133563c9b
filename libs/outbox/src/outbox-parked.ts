import type pg from 'pg';
import type { Queryable } from './outbox.js';
import { WAKE_LANES } from './outbox-lanes.js';
import type { StoredRow } from './outbox-send.js';
import { inTransaction } from './transaction.js';

export interface ParkedFilter {
  readonly topic?: string | undefined;
  readonly key?: string | undefined;
  /** Rows; default 100. */
  readonly limit?: number;
}

/** A key that waits because the broker refused its next message. Ids are those of the refused outbox row. */
export interface ParkedRow {
  readonly id: number;
  readonly topic: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: string;
  readonly cause: string;
  readonly attempts: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
  /** When the relay tries it again by itself. */
  readonly nextAt: Date;
  /** Messages of the same topic and key that wait behind it. */
  readonly behind: number;
}

/** Longest pause between two tries of a refused row: whoever corrects the broker need not know about us. */
const LONGEST_PAUSE_S = 600;

const LIST = `select o.id::int8 as id, p.topic, p.key, o.headers, o.value, p.cause, p.attempts,
    p.first_at as "firstAt", p.last_at as "lastAt", p.next_at as "nextAt",
    (select count(*)::int from outbox b where b.topic = p.topic and b.key = p.key and b.id > o.id) as behind
  from outbox_parked p join outbox o on o.id = p.outbox_id`;

/** Parked outbox rows, of one topic or key if wanted, the one parked longest first. */
export async function listParkedRows(
  db: Queryable,
  { topic, key, limit = 100 }: ParkedFilter = {},
): Promise<ParkedRow[]> {
  const { rows } = await db.query<ParkedRow>(
    `${LIST} where ($1::text is null or p.topic = $1) and ($2::text is null or p.key = $2)
    order by p.first_at, p.outbox_id limit $3`,
    [topic ?? null, key ?? null, limit],
  );
  return rows.map((row) => ({ ...row, id: Number(row.id) }));
}

export async function findParkedRow(db: Queryable, id: number): Promise<ParkedRow | undefined> {
  const { rows } = await db.query<ParkedRow>(`${LIST} where p.outbox_id = $1`, [id]);
  return rows[0] && { ...rows[0], id: Number(rows[0].id) };
}

/** Lets the relay try a parked row at once, which releases its key when the broker takes it. False when nothing is parked under this id. */
export async function retryParked(db: Queryable, id: number): Promise<boolean> {
  const { rowCount } = await db.query('update outbox_parked set next_at = now() where outbox_id = $1', [id]);
  if (rowCount === 1) await db.query(WAKE_LANES);
  return rowCount === 1;
}

/** Drops the message for good and lets those behind it go on. False when nothing is parked under this id. */
export async function discardParked(pool: pg.Pool, id: number): Promise<boolean> {
  const dropped = await inTransaction(pool, async (tx) => {
    const { rowCount } = await tx.query('delete from outbox_parked where outbox_id = $1', [id]);
    if (rowCount === 1) await tx.query('delete from outbox where id = $1', [id]);
    return rowCount === 1;
  });
  if (dropped) await pool.query(WAKE_LANES);
  return dropped;
}

/** Parks the key of a refused row, or counts another refusal; a relay that lost the lane (`epoch`) parks nothing. Tells how often it was refused. */
export async function parkRow(db: Queryable, row: StoredRow, epoch: number, cause: string): Promise<number> {
  const { rows } = await db.query<{ attempts: number }>({
    name: 'relay-park',
    text: `insert into outbox_parked as p (topic, key, outbox_id, lane, cause, next_at)
      select o.topic, o.key, o.id, o.lane, $3, now() + interval '1 s'
      from outbox o join relay_lanes l on l.lane = o.lane and l.epoch = $2
      where o.id = $1
      on conflict (topic, key) do update set outbox_id = excluded.outbox_id, cause = excluded.cause, last_at = now(),
        attempts = p.attempts + 1, next_at = now() + least(2 ^ least(p.attempts, 20), ${LONGEST_PAUSE_S}) * interval '1 s'
      returning p.attempts`,
    values: [row.id, epoch, cause],
  });
  return rows[0]?.attempts ?? 0;
}

const FORGET = `delete from outbox_parked p where lane = any($1)
  and not exists (select from outbox o where o.id = p.outbox_id)`;

/** What of these lanes is parked, and at most `limit` refused rows whose time has come. Forgets keys whose row is gone. */
export async function parkedInLanes(
  db: Queryable,
  lanes: readonly number[],
  limit: number,
): Promise<{ parked: number; due: StoredRow[] }> {
  const { rows } = await db.query<StoredRow & { due: boolean }>({
    name: 'relay-parked',
    text: `select o.id, o.lane, o.topic, o.key, o.headers,
        case when p.next_at <= now() then o.value end as value, p.next_at <= now() as due
      from outbox_parked p left join outbox o on o.id = p.outbox_id
      where p.lane = any($1) order by p.next_at limit $2`,
    values: [lanes, limit],
  });
  if (rows.some(({ id }) => id === null)) await db.query({ name: 'relay-forget', text: FORGET, values: [lanes] });
  return { parked: rows.length, due: rows.filter(({ id, due }) => id !== null && due) };
}

/** Those of the rows that nobody has dropped since they were read. */
export async function stillThere(db: Queryable, rows: readonly StoredRow[]): Promise<StoredRow[]> {
  const found = await db.query<{ id: StoredRow['id'] }>({
    name: 'relay-still-there',
    text: 'select id from outbox where id = any($1::bigint[])',
    values: [rows.map(({ id }) => id)],
  });
  const ids = new Set(found.rows.map(({ id }) => String(id)));
  return rows.filter(({ id }) => ids.has(String(id)));
}

/** The broker takes what is in this topic again: what else is parked there, in whichever lane, is due now. */
export async function topicIsBack(db: Queryable, topic: string): Promise<void> {
  await db.query({
    name: 'relay-topic-is-back',
    // Rows that somebody else is settling are left to them: relays that wait for each other's rows could lock up.
    text: `update outbox_parked set next_at = now() where (topic, key) in (
      select topic, key from outbox_parked where topic = $1 and next_at > now() for update skip locked)`,
    values: [topic],
  });
}

/** Removes a parked row that the broker took after all, and with it the obstacle for its key. */
export async function unparkPublished(db: Queryable, row: StoredRow, epoch: number): Promise<void> {
  await db.query({
    name: 'relay-unpark',
    text: `with gone as (
        delete from outbox o using relay_lanes l
        where o.id = $1 and l.lane = o.lane and l.epoch = $2 returning o.id)
      delete from outbox_parked p using gone where p.outbox_id = gone.id`,
    values: [row.id, epoch],
  });
}
