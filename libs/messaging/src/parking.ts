import { failpoint, definePoint } from '@souk/failpoints';
import type { KafkaRecord } from '@souk/kafka';
import { clean, cleanRecord, deadLetter, type Failure, storable, storedName } from './dead-letter.js';
import { remember } from './inbox.js';
import { insertOutbox, laneOf, type PgTx } from '@souk/outbox';

const BEFORE_PARK = definePoint('dead-letter.before-park', 'a message is given up, nothing of it is written yet');
const AFTER_PARK = definePoint('dead-letter.after-park', 'a dead letter is parked, the transaction is not committed');

/** Stand among the stored headers, never among those of the message. */
export const ENCODING = 'souk-encoding';
export const INBOX_ID = 'souk-inbox-id';

export type KeyOfTopic = Pick<KafkaRecord, 'topic' | 'key'>;

const positionOf = (record: KeyOfTopic): string => `${record.topic}\n${storedName(record.key)}`;

/** Where messages go that were given up, and those that must not overtake them. */
export abstract class ParkingLot {
  /** Which of the records belong to a parked key, as a predicate. */
  abstract parkedKeys(
    tx: PgTx,
    consumer: string,
    records: readonly KeyOfTopic[],
  ): Promise<(record: KeyOfTopic) => boolean>;
  /** Parks a record behind the dead letter of its key. */
  abstract park(tx: PgTx, consumer: string, record: KafkaRecord): Promise<void>;
  /** Sets a record aside that cannot be handled. `messageId` names it in the inbox. */
  abstract giveUp(tx: PgTx, consumer: string, record: KafkaRecord, dead: DeadRecord): Promise<void>;
}

export interface DeadRecord {
  readonly messageId: string;
  readonly failure: Failure;
  /** Where its copy is published. */
  readonly topic: string;
}

/** Rows of `parked_messages`, the dead letter of a key before those that wait behind it. */
export class PgParkingLot extends ParkingLot {
  async parkedKeys(
    tx: PgTx,
    consumer: string,
    records: readonly KeyOfTopic[],
  ): Promise<(record: KeyOfTopic) => boolean> {
    const { rows } = await tx.query<KeyOfTopic>({
      name: 'parked-keys',
      text: `select distinct p.topic, p.key from parked_messages p
             join unnest($2::text[], $3::text[]) as r(topic, key) on (r.topic, r.key) = (p.topic, p.key)
             where p.consumer = $1`,
      values: [consumer, records.map((record) => record.topic), records.map((record) => storedName(record.key))],
    });
    const parked = new Set(rows.map(positionOf));
    return (record) => parked.has(positionOf(record));
  }

  async park(tx: PgTx, consumer: string, record: KafkaRecord): Promise<void> {
    await insertParked(tx, consumer, record);
  }

  /**
   * A dead letter counts as received: its effect is owed by the parked row and by nothing else. So whoever comes with it later
   * (the broker again, or an owner of the partition that has not noticed its end) leaves it alone; and when its effect has come
   * about meanwhile, there is nothing to give up.
   */
  async giveUp(tx: PgTx, consumer: string, record: KafkaRecord, dead: DeadRecord): Promise<void> {
    await failpoint(BEFORE_PARK);
    if (!(await remember(tx, consumer, dead.messageId))) return;
    await insertParked(tx, consumer, record, dead);
    await publishDeadLetter(tx, dead.topic, record, dead.failure);
    await failpoint(AFTER_PARK);
  }
}

/** The copy that people and tools can follow; what counts is the parked row. */
export function publishDeadLetter(tx: PgTx, topic: string, record: KafkaRecord, failure: Failure): Promise<void> {
  const letter = deadLetter(topic, record, failure);
  return insertOutbox(tx, [{ lane: laneOf(letter.key), ...letter }]);
}

/** Digits of the largest offset; more than that is no place any more. */
const OFFSET_DIGITS = 19;

/**
 * A topic that was made anew counts from 0 again, and its messages meet rows of the old one at the same place. Neither may be
 * lost, so the later one stands under its offset with zeros before it. What comes twice is stored once.
 */
async function insertParked(tx: PgTx, consumer: string, given: KafkaRecord, dead?: DeadRecord): Promise<void> {
  const record = cleanRecord(given);
  const name = dead?.messageId ?? record.headers['ce_id'];
  for (let offset = record.offset; offset.length <= OFFSET_DIGITS; offset = `0${offset}`) {
    if (await insertRow(tx, consumer, { ...record, offset }, dead)) return;
    if ((await nameAt(tx, consumer, { ...record, offset })) === storedName(name ?? '')) return;
  }
  throw new Error(`too many messages were parked at ${record.topic}/${record.partition}/${record.offset}`);
}

/** Under which name the inbox knows what is parked at a place. */
async function nameAt(tx: PgTx, consumer: string, { topic, partition, offset }: KafkaRecord): Promise<string> {
  const { rows } = await tx.query<{ name: string | null }>(
    `select coalesce(headers->>'${INBOX_ID}', headers->>'ce_id') as name from parked_messages
     where consumer = $1 and topic = $2 and partition = $3 and kafka_offset = $4`,
    [consumer, topic, partition, offset],
  );
  return storedName(rows[0]?.name ?? '');
}

/** @returns false when the place is taken */
async function insertRow(tx: PgTx, consumer: string, record: KafkaRecord, dead?: DeadRecord): Promise<boolean> {
  const { failure } = dead ?? {};
  const { value, encoding } = storable(record.value);
  const own = { [ENCODING]: encoding, ...(dead && { [INBOX_ID]: dead.messageId }) };
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
      JSON.stringify({ ...record.headers, ...own }),
      value,
      failure ? clean(failure.cause) : null,
      failure?.attempts ?? 0,
      failure !== undefined,
      failure?.firstAt ?? now,
      failure?.lastAt ?? now,
    ],
  );
  return rowCount === 1;
}
