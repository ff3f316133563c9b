import { KafkaProducer, type ProducerRecord } from '@souk/kafka';
import { waitFor } from '@souk/testing';
import type pg from 'pg';
import { encodeOutbox, type OutboxRow, type Queryable } from '../outbox.js';

export const quiet = { info: () => undefined, warn: () => undefined };

/** Keeps what it was sent; `before` can delay or fail a send. */
export class RecordingProducer extends KafkaProducer {
  readonly records: ProducerRecord[] = [];
  before: (records: readonly ProducerRecord[]) => Promise<void> = () => Promise.resolve();

  async send(records: readonly ProducerRecord[]): Promise<void> {
    await this.before(records);
    this.records.push(...records);
  }

  async close(): Promise<void> {
    // Nothing to close.
  }

  /** What was sent, in order. */
  get values(): string[] {
    return this.records.map(({ value }) => value);
  }
}

/** The row of an event whose value is `"<value>"` as JSON. */
export function anEvent(key: string, value = key, topic = 't'): OutboxRow[] {
  const [type, time] = ['changed.v1', new Date(0)];
  return encodeOutbox('/t', [{ topic: { name: topic }, key, type, id: `${key}/${value}`, time, data: value }]);
}

export const sent = (producer: RecordingProducer, value: string, timeoutMs = 5_000) =>
  waitFor(() => producer.values.includes(JSON.stringify(value)), { timeoutMs, what: `${value} to be sent` });

export const drained = (db: Queryable, timeoutMs = 10_000) =>
  waitFor(async () => (await db.query('select from outbox limit 1')).rowCount === 0, {
    timeoutMs,
    what: 'the outbox to drain',
  });

/** Session → lanes it holds, by the database's own account. */
export async function laneHolders(db: Queryable): Promise<Map<number, number[]>> {
  const { rows } = await db.query<{ pid: number; lane: number }>(
    `select pid, objid::int as lane from pg_locks
     where locktype = 'advisory' and granted and objsubid = 2 and classid = ${0x5011} and objid < 4
       and database = (select oid from pg_database where datname = current_database()) order by lane`,
  );
  return new Map([...Map.groupBy(rows, ({ pid }) => pid)].map(([pid, held]) => [pid, held.map(({ lane }) => lane)]));
}

/** How many lanes each holder has, most first. */
export const shareSizes = async (db: Queryable): Promise<number[]> =>
  [...(await laneHolders(db)).values()].map((lanes) => lanes.length).toSorted((a, b) => b - a);

export async function endSession(pool: pg.Pool, pid: number): Promise<void> {
  await pool.query('select pg_terminate_backend($1)', [pid]);
}
