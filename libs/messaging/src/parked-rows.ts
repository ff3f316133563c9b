import type { KafkaRecord } from '@souk/kafka';
import { type DeadLetterDetails, type DeadLetterFilter, placeId } from './dead-letters.js';
import type { PgTx, Queryable } from '@souk/outbox';
import { ENCODING, INBOX_ID, type KeyOfTopic } from './parking.js';

/** A row of `parked_messages`. */
export interface ParkedMessage extends KeyOfTopic {
  readonly id: number;
  readonly partition: number;
  readonly offset: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: string;
  readonly cause: string | null;
  readonly attempts: number;
  readonly dead: boolean;
  readonly firstAt: Date;
  readonly lastAt: Date;
}

const COLUMNS = `id::float8 as id, topic, key, partition, kafka_offset as "offset", headers, coalesce(value, '') as value, cause,
  attempts, dead, first_at as "firstAt", last_at as "lastAt"`;

type Head = ParkedMessage & { readonly waiting: number };

/** The first row of each key: the dead letter that all others of the key wait for. */
const heads = (where: string): string => `
  select ${COLUMNS}, (select count(*)::int - 1 from parked_messages w
                      where w.consumer = p.consumer and w.topic = p.topic and w.key = p.key) as waiting
  from parked_messages p
  where consumer = $1 and ${where} and not exists (
    select from parked_messages b where b.consumer = p.consumer and b.topic = p.topic and b.key = p.key and b.id < p.id)`;

export async function listHeads(
  db: Queryable,
  consumer: string,
  { topic, key, limit }: DeadLetterFilter,
): Promise<Head[]> {
  const { rows } = await db.query<Head>(
    `${heads('($2::text is null or topic = $2) and ($3::text is null or key = $3)')} order by first_at, id limit $4`,
    [consumer, topic ?? null, key ?? null, limit],
  );
  return rows;
}

export async function countHeads(
  db: Queryable,
  consumer: string,
  filter: Omit<DeadLetterFilter, 'limit'>,
): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `select count(distinct (topic, key))::int as count from parked_messages
     where consumer = $1 and ($2::text is null or topic = $2) and ($3::text is null or key = $3)`,
    [consumer, filter.topic ?? null, filter.key ?? null],
  );
  return rows[0]?.count ?? 0;
}

export async function findHead(
  db: Queryable,
  consumer: string,
  place: { topic: string; partition: number; offset: string },
): Promise<Head | undefined> {
  const { rows } = await db.query<Head>(heads('topic = $2 and partition = $3 and kafka_offset = $4'), [
    consumer,
    place.topic,
    place.partition,
    place.offset,
  ]);
  return rows[0];
}

/** The key's rows in the order in which they arrived. */
export async function rowsOfKey(
  db: Queryable,
  consumer: string,
  { topic, key }: KeyOfTopic,
  limit: number,
): Promise<ParkedMessage[]> {
  const { rows } = await db.query<ParkedMessage>(
    `select ${COLUMNS} from parked_messages where consumer = $1 and topic = $2 and key = $3 order by id limit $4`,
    [consumer, topic, key, limit],
  );
  return rows;
}

/** Where messages of the key arrived: one partition, unless their number was changed. */
export async function partitionsOfKey(db: Queryable, consumer: string, { topic, key }: KeyOfTopic): Promise<number[]> {
  const { rows } = await db.query<{ partition: number }>(
    'select distinct partition from parked_messages where consumer = $1 and topic = $2 and key = $3',
    [consumer, topic, key],
  );
  return rows.map(({ partition }) => partition);
}

export async function countBehind(tx: PgTx, consumer: string, row: ParkedMessage): Promise<number> {
  const { rows } = await tx.query<{ count: number }>(
    `select count(*)::int as count from parked_messages where consumer = $1 and topic = $2 and key = $3 and id > $4`,
    [consumer, row.topic, row.key, row.id],
  );
  return rows[0]?.count ?? 0;
}

export async function removeParked(tx: PgTx, ids: readonly number[]): Promise<void> {
  if (ids.length > 0) await tx.query('delete from parked_messages where id = any($1::bigint[])', [ids]);
}

/** Makes a row the dead letter of its key, or counts one more attempt of it. */
export async function markDead(tx: PgTx, id: number, cause: string): Promise<void> {
  await tx.query(
    'update parked_messages set dead = true, cause = $2, attempts = attempts + 1, last_at = now() where id = $1',
    [id, cause],
  );
}

/** The record as the broker handed it over. */
export function recordOf({ topic, key, partition, offset, headers, value }: ParkedMessage): KafkaRecord {
  const { [ENCODING]: encoding, [INBOX_ID]: _inboxId, ...own } = headers;
  return { topic, key, partition, offset, headers: own, value: Buffer.from(value, encodingOf(encoding)) };
}

const encodingOf = (stored: string | undefined): 'utf8' | 'base64' => (stored === 'base64' ? 'base64' : 'utf8');

export function toDetails({ headers, value, cause, ...head }: Head): DeadLetterDetails {
  const { [ENCODING]: encoding, [INBOX_ID]: _inboxId, ...own } = headers;
  const { topic, key, attempts, firstAt, lastAt, waiting } = head;
  return {
    id: placeId(head),
    kind: 'message',
    topic,
    key,
    type: own['ce_type'] ?? null,
    messageId: own['ce_id'] ?? null,
    cause: cause ?? 'waits for a replay to go on',
    attempts,
    firstAt,
    lastAt,
    waiting,
    headers: own,
    value,
    encoding: encodingOf(encoding),
  };
}
