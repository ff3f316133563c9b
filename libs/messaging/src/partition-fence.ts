import type pg from 'pg';
import { inTransaction, type PgTx } from '@souk/outbox';

/** First half of the advisory lock's key; the relay has one of its own. */
const LOCK_SPACE = 0x5012;
/** Longer than a transaction of ours takes; whoever waits so long tries again (55P03 is transient). */
const WAIT_MS = 2_000;

export interface Partition {
  readonly topic: string;
  readonly partition: number;
}

/**
 * A transaction that is alone on these partitions of `consumer`, in this and every other process: whoever lost a partition and
 * does not know it yet, and whoever has it now, come one after the other, each seeing what the other has committed. The locks are
 * taken in the round trip of BEGIN and end with the transaction, however that ends.
 */
export function fencedTransaction<T>(
  pool: pg.Pool,
  consumer: string,
  partitions: Iterable<Partition>,
  work: (tx: PgTx) => Promise<T>,
): Promise<T> {
  return inTransaction(pool, work, beginFenced(consumer, partitions));
}

/** The locks in one order everywhere, so that two that share several cannot wait for each other. */
export function beginFenced(consumer: string, partitions: Iterable<Partition>): string {
  const keys = [...new Set(Array.from(partitions, (one) => lockKey(consumer, one)))].sort((a, b) => a - b);
  if (keys.length === 0) return 'begin';
  const locks = keys.map((key) => `pg_advisory_xact_lock(${LOCK_SPACE}, ${key})`).join(', ');
  return `begin; set local lock_timeout = ${WAIT_MS}; select ${locks}; set local lock_timeout to default`;
}

/** FNV-1a as a signed 32-bit number; two partitions that meet in it wait for each other without need, nothing worse. */
function lockKey(consumer: string, { topic, partition }: Partition): number {
  let hash = 0x811c9dc5;
  for (const char of `${consumer}\n${topic}\n${partition}`) {
    hash ^= char.codePointAt(0) ?? 0;
    hash = Math.imul(hash, 0x01000193);
  }
  return hash | 0;
}
