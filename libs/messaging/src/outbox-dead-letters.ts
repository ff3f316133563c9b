import type pg from 'pg';
import { type DeadLetterDetails, type DeadLetterFilter, DeadLetterNotFound, type Settlement } from './dead-letters.js';
import {
  discardParked,
  findParkedRow,
  listParkedRows,
  type ParkedRow,
  type Queryable,
  retryParked,
} from '@souk/outbox';

/** Outbox rows that the broker refused, as dead letters: nothing of them was received, their number is all they have. */
export const OUTBOX_ID = /^outbox-(\d{1,15})$/;

const numberOf = (id: string): number => Number(OUTBOX_ID.exec(id)?.[1]);

export async function listRows(db: Queryable, filter: DeadLetterFilter): Promise<DeadLetterDetails[]> {
  return (await listParkedRows(db, filter)).map(toDetails);
}

export async function countParkedRows(db: Queryable, { topic, key }: Omit<DeadLetterFilter, 'limit'>): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(*)::int as count from outbox_parked
     where ($1::text is null or topic = $1) and ($2::text is null or key = $2)`,
    [topic ?? null, key ?? null],
  );
  return rows[0]?.count ?? 0;
}

export async function findRow(db: Queryable, id: string): Promise<DeadLetterDetails> {
  const row = await findParkedRow(db, numberOf(id));
  if (row === undefined) throw new DeadLetterNotFound(id);
  return toDetails(row);
}

/** The relay sends it at once; whether the broker takes it is seen in the next list. */
export async function retryRow(db: Queryable, id: string): Promise<Settlement> {
  const row = await findParkedRow(db, numberOf(id));
  if (row === undefined || !(await retryParked(db, row.id))) throw new DeadLetterNotFound(id);
  return { outcome: 'sent-again', applied: 0, waiting: row.behind, blockedBy: null };
}

export async function discardRow(pool: pg.Pool, id: string): Promise<Settlement> {
  if (!(await discardParked(pool, numberOf(id)))) throw new DeadLetterNotFound(id);
  return { outcome: 'released', applied: 0, waiting: 0, blockedBy: null };
}

const toDetails = ({ id, behind, nextAt: _nextAt, headers, ...row }: ParkedRow): DeadLetterDetails => ({
  ...row,
  id: `outbox-${id}`,
  kind: 'outbox',
  type: headers['ce_type'] ?? null,
  messageId: headers['ce_id'] ?? null,
  waiting: behind,
  headers,
  encoding: 'utf8',
});
