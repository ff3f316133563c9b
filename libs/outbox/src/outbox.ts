/** Pattern: Transactional outbox, the writing half (docs/patterns/transactional-outbox.md). */
import type pg from 'pg';
import { encodeHeaders, type OutgoingMessage } from './envelope.js';

/** What of a PostgreSQL client the unit of work needs; a pool, a client and a transaction all fit. */
export type Queryable = Pick<pg.ClientBase, 'query'>;

/** A message as it is stored: final contract bytes, translated at commit and never again. */
export interface OutboxRow {
  readonly lane: number;
  readonly topic: string;
  readonly key: string;
  readonly headers: Record<string, string>;
  readonly value: string;
}

/** Number of relay lanes; stored with every row, so changing it takes an empty outbox. */
export const LANES = 4;

/** FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/) of the key, mod lanes: rows of one aggregate share a lane. */
export function laneOf(key: string, lanes: number = LANES): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) {
    hash ^= key.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193) >>> 0;
  }
  return hash % lanes;
}

/** Translates messages into outbox rows; `source` is the CloudEvents source, e.g. `/souk/order`. */
export function encodeOutbox(source: string, messages: readonly OutgoingMessage[]): OutboxRow[] {
  return messages.map((message) => ({
    lane: laneOf(message.key),
    topic: message.topic.name,
    key: message.key,
    headers: encodeHeaders(source, message),
    value: JSON.stringify(message.data),
  }));
}

/**
 * The insert of `JSON.stringify(rows)` bound to parameter `$param`, as a statement or as the last CTE of one.
 *
 * Invariant: lock or version-check the aggregate row first, insert its outbox row after. Branches of one CTE have no defined
 * order, so a caller that writes both in one statement passes `after`, a condition that reads the aggregate write's RETURNING
 * (e.g. `(select count(*) from appended) > 0`).
 */
export function outboxInsert(param: number, after = 'true'): string {
  return `insert into outbox (lane, topic, key, headers, value)
    select r.lane, r.topic, r.key, r.headers, r.value
    from rows from (json_to_recordset($${param}::json) as (lane smallint, topic text, key text, headers jsonb, value text))
      with ordinality as r(lane, topic, key, headers, value, position)
    where ${after}
    order by r.position`;
}

/** Appends rows inside the caller's transaction. */
export async function insertOutbox(tx: Queryable, rows: readonly OutboxRow[]): Promise<void> {
  if (rows.length === 0) return;
  await tx.query({ name: 'outbox-insert', text: outboxInsert(1), values: [JSON.stringify(rows)] });
}

/** Where a change leaves its messages: written with it, published after it. */
export abstract class Outbox {
  /**
   * Messages as part of the caller's transaction: they exist if it commits. Lock or version-check the row of the aggregate
   * before, so that messages of one key are stored in the order in which their changes commit.
   */
  abstract add(tx: Queryable, ...messages: readonly OutgoingMessage[]): Promise<void>;
  /** The same for a statement that writes them itself, as its parameter (see outboxInsert). */
  abstract rows(messages: readonly OutgoingMessage[]): OutboxRow[];
  /** Call after the commit; a call that gets lost costs a poll interval, not a message. `keys` are those of the messages. */
  abstract committed(keys?: readonly string[]): void;
}

/** Rows of the table `outbox`, which a relay publishes. */
export class TableOutbox extends Outbox {
  readonly #source: string;
  readonly #relay: { wake(): void };

  /** @param source CloudEvents source of the messages, e.g. `/souk/order` */
  constructor(source: string, relay: { wake(): void }) {
    super();
    this.#source = source;
    this.#relay = relay;
  }

  add(tx: Queryable, ...messages: readonly OutgoingMessage[]): Promise<void> {
    return insertOutbox(tx, this.rows(messages));
  }

  rows(messages: readonly OutgoingMessage[]): OutboxRow[] {
    return encodeOutbox(this.#source, messages);
  }

  committed(): void {
    this.#relay.wake();
  }
}
