import type { KafkaRecord } from '@souk/kafka';
import { createTestDatabase, type TestDatabase } from '@souk/testing';
import { ConsumerHost, type ConsumerHostOptions, type TopicHandler } from './consumer-host.js';
import { PgDeadLetters } from './pg-dead-letters.js';
import { TABLES } from './test/tables.js';

const quiet = { warn: () => undefined, error: () => undefined };

/** A database with the messaging tables and one of effects, and hosts that write there. */
export class ConsumerLab {
  readonly db: TestDatabase;
  /** What the handler does before it writes; may throw. */
  before: (key: string, n: number) => Promise<void> = async () => undefined;

  private constructor(db: TestDatabase) {
    this.db = db;
  }

  static async open(name: string): Promise<ConsumerLab> {
    const db = await createTestDatabase(name, ...TABLES);
    await db.pool.query(
      'create table effects (seq bigint generated always as identity, key text not null, n int not null)',
    );
    return new ConsumerLab(db);
  }

  async reset(): Promise<void> {
    this.before = async () => undefined;
    await this.db.pool.query('truncate outbox, outbox_parked, inbox, parked_messages, effects');
  }

  readonly handle: TopicHandler = async (deliveries, tx) => {
    for (const { key, data } of deliveries) {
      const { n } = data as { n: number };
      await this.before(key, n);
      await tx.query('insert into effects (key, n) values ($1, $2)', [key, n]);
    }
  };

  host(options: Partial<ConsumerHostOptions> = {}): ConsumerHost {
    return new ConsumerHost(this.#options(options));
  }

  letters(host?: ConsumerHost): PgDeadLetters {
    const options = this.#options({});
    return new PgDeadLetters({
      ...options,
      consumer: options.groupId,
      handlers: () => options.handlers,
      between: (work) => host?.between(work) ?? work(),
    });
  }

  /** `key:n` in the order in which the effects were written. */
  async effects(): Promise<string[]> {
    const { rows } = await this.db.pool.query<{ e: string }>("select key || ':' || n as e from effects order by seq");
    return rows.map((row) => row.e);
  }

  async count(table: 'parked_messages' | 'outbox' | 'inbox'): Promise<number> {
    const { rows } = await this.db.pool.query<{ n: number }>(`select count(*)::int as n from ${table}`);
    return rows[0]?.n ?? 0;
  }

  #options(options: Partial<ConsumerHostOptions>): ConsumerHostOptions {
    return {
      groupId: 'tester',
      pool: this.db.pool,
      deadLetterTopic: 'tester.dlq.v1',
      afterCommit: () => undefined,
      logger: quiet,
      backoffMs: [1, 1, 1, 1],
      outageMs: 20,
      handlers: new Map([['things.v1', { schemas: { 'thing.v1': { parse: parseThing } }, handle: this.handle }]]),
      ...options,
    };
  }
}

function parseThing(data: unknown): { n: number } {
  if (typeof data === 'object' && data !== null && 'n' in data && typeof data.n === 'number') return { n: data.n };
  throw new Error('n: a number is needed');
}

/** A message `n` of `key` at offset `n`, whose id is its own. */
export const thing = (key: string, n: number, change: Partial<KafkaRecord> = {}): KafkaRecord => ({
  topic: 'things.v1',
  partition: 0,
  offset: String(n),
  key,
  headers: { ce_type: 'thing.v1', ce_id: `id-${n}`, ce_source: '/t', ce_time: '2026-01-01T00:00:00Z' },
  value: Buffer.from(JSON.stringify({ n })),
  ...change,
});
