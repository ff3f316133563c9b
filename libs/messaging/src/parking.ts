import { insertOutbox, laneOf, type OutboxRow } from './outbox.js';
import type { KafkaRecord } from './kafka-port.js';
import type { PgTx } from './transaction.js';

/** Why a record was given up. */
export interface Failure {
  readonly cause: string;
  readonly attempts: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
}

/** Bytes as text where they are text that PostgreSQL can hold, base64 otherwise; `encoding` says which. */
export function storable(value: Buffer | null): { value: string; encoding: 'utf8' | 'base64' } {
  const text = value?.toString('utf8') ?? '';
  const intact = !text.includes('\0') && Buffer.from(text, 'utf8').equals(value ?? Buffer.alloc(0));
  return intact ? { value: text, encoding: 'utf8' } : { value: value?.toString('base64') ?? '', encoding: 'base64' };
}

const positionOf = (record: Pick<KafkaRecord, 'topic' | 'key'>): string => `${record.topic}\n${record.key}`;

/** Which of the records belong to a parked key, as a predicate. */
export async function parkedKeys(
  tx: PgTx,
  consumer: string,
  records: readonly Pick<KafkaRecord, 'topic' | 'key'>[],
): Promise<(record: Pick<KafkaRecord, 'topic' | 'key'>) => boolean> {
  const { rows } = await tx.query<{ topic: string; key: string }>(
    `select distinct p.topic, p.key from parked_messages p
     join unnest($2::text[], $3::text[]) as r(topic, key) on (r.topic, r.key) = (p.topic, p.key)
     where p.consumer = $1`,
    [consumer, records.map((record) => record.topic), records.map((record) => record.key)],
  );
  const parked = new Set(rows.map(positionOf));
  return (record) => parked.has(positionOf(record));
}

/**
 * Parks a record behind its key: `failure` for the dead letter itself, none for those that queue behind it.
 * Returns false when that record was parked before.
 */
export async function park(tx: PgTx, consumer: string, record: KafkaRecord, failure?: Failure): Promise<boolean> {
  const { value, encoding } = storable(record.value);
  const now = new Date();
  const { rowCount } = await tx.query(
    `insert into parked_messages
       (consumer, topic, key, partition, kafka_offset, headers, value, cause, attempts, dead, first_at, last_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
     on conflict (consumer, topic, partition, kafka_offset) do nothing`,
    [
      consumer,
      record.topic,
      record.key,
      record.partition,
      record.offset,
      JSON.stringify({ ...record.headers, 'souk-encoding': encoding }),
      value,
      failure?.cause ?? null,
      failure?.attempts ?? 0,
      failure !== undefined,
      failure?.firstAt ?? now,
      failure?.lastAt ?? now,
    ],
  );
  return rowCount === 1;
}

/** The dead letter as a message: the original bytes and headers plus cause, attempts, first and last time. */
function deadLetter(topic: string, record: KafkaRecord, failure: Failure): OutboxRow {
  const { value, encoding } = storable(record.value);
  return {
    lane: laneOf(record.key),
    topic,
    key: record.key,
    value,
    headers: {
      ...record.headers,
      'dlq-topic': record.topic,
      'dlq-partition': String(record.partition),
      'dlq-offset': record.offset,
      'dlq-cause': failure.cause,
      'dlq-attempts': String(failure.attempts),
      'dlq-first-at': failure.firstAt.toISOString(),
      'dlq-last-at': failure.lastAt.toISOString(),
      'dlq-encoding': encoding,
    },
  };
}

/** Parks the record's key and publishes its dead letter through the outbox, in one transaction. */
export async function giveUp(
  tx: PgTx,
  consumer: string,
  deadLetterTopic: string,
  record: KafkaRecord,
  failure: Failure,
): Promise<void> {
  const isNew = await park(tx, consumer, record, failure);
  if (isNew) await insertOutbox(tx, [deadLetter(deadLetterTopic, record, failure)]);
}
