import { deadLetter, type Failure, storable } from './dead-letter.js';
import type { KafkaRecord } from '@souk/kafka';
import { insertOutbox, laneOf } from './outbox.js';
import type { PgTx } from './transaction.js';

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

/** Parks the record's key and publishes its dead letter through the outbox, in one transaction. */
export async function giveUp(
  tx: PgTx,
  consumer: string,
  deadLetterTopic: string,
  record: KafkaRecord,
  failure: Failure,
): Promise<void> {
  const isNew = await park(tx, consumer, record, failure);
  if (isNew) await insertOutbox(tx, [{ lane: laneOf(record.key), ...deadLetter(deadLetterTopic, record, failure) }]);
}
