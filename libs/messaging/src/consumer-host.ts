/** Pattern: Competing Consumers, with an idempotent receiver (inbox) and dead letters. */
import type pg from 'pg';
import type { Logger } from '@souk/observability';
import { batcher } from './batcher.js';
import { type Delivery, decode, type MessageSchemas, UndecodableRecord } from './envelope.js';
import { claim } from './inbox.js';
import type { KafkaRecord } from './kafka-port.js';
import { type KeyAttributes, processed } from './message-spans.js';
import { giveUp, park, parkedKeys } from './parking.js';
import { inTransaction, isTransient, type PgTx, withTransaction } from './transaction.js';

/** What a consumer does with the deliveries of one topic, inside the open transaction. */
export type TopicHandler = (deliveries: Delivery[], tx: PgTx) => Promise<void>;

export interface ConsumerHostOptions {
  /** Consumer group and name in the inbox. */
  readonly groupId: string;
  readonly pool: pg.Pool;
  readonly handlers: ReadonlyMap<string, { readonly schemas: MessageSchemas; readonly handle: TopicHandler }>;
  readonly deadLetterTopic: string;
  /** Called after each commit: wakes the relay. */
  readonly afterCommit: () => void;
  readonly logger: Pick<Logger, 'warn' | 'error'>;
  /** What the keys are called on spans; default: nothing. */
  readonly keyAttributes?: KeyAttributes;
  /** Pauses between the attempts of one message, in ms; its length + 1 is the number of attempts. */
  readonly backoffMs?: readonly number[];
  /** Pause while the store is out of reach, in ms. */
  readonly outageMs?: number;
}

interface Known {
  readonly delivery: Delivery;
  readonly record: KafkaRecord;
}

/** The host was stopped while records waited; their offsets are not resolved and the next owner gets them. */
export class HostStopped extends Error {
  override readonly name = 'HostStopped';
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 1_000);

/**
 * Turns record batches into effects: the batches of all partitions merge into one transaction that holds the inbox rows, the
 * handlers' effects and their outbox rows. On an error the records are taken message by message, so that one poison message
 * costs its own key only: after the last attempt it becomes a dead letter and its key is parked, other keys go on.
 * While the store is out of reach nothing is given up; the host waits.
 */
export class ConsumerHost {
  readonly #options: Required<ConsumerHostOptions>;
  readonly #submit: (records: readonly KafkaRecord[]) => Promise<void>;
  #stopped = false;
  #inFlight = 0;

  constructor(options: ConsumerHostOptions) {
    this.#options = { backoffMs: [50, 100, 200, 400], outageMs: 250, keyAttributes: {}, ...options };
    // One transaction at a time: a second one would fight the first over hot rows.
    this.#submit = batcher(
      async (lists: (readonly KafkaRecord[])[]) => {
        await this.#apply(lists.flat());
        return lists.map(() => undefined);
      },
      { inFlight: 1, max: 64 },
    );
  }

  /** Resolves when the effects of all records are committed (or parked). Order per key is the order of the records. */
  async handle(records: readonly KafkaRecord[]): Promise<void> {
    this.#refuseWhenStopped();
    this.#inFlight++;
    try {
      await this.#submit(records);
    } finally {
      this.#inFlight--;
    }
  }

  /** Refuses new records and waits until the transaction under way has ended. */
  async stop(timeoutMs = 5_000): Promise<void> {
    this.#stopped = true;
    const deadline = Date.now() + timeoutMs;
    while (this.#inFlight > 0 && Date.now() < deadline) await sleep(10);
  }

  async #apply(records: readonly KafkaRecord[]): Promise<void> {
    for (;;) {
      this.#refuseWhenStopped();
      try {
        return await this.#transact(records);
      } catch (error) {
        if (!isTransient(error)) {
          this.#options.logger.warn(
            { err: error, records: records.length },
            'a batch failed, taking it message by message',
          );
          break;
        }
        await sleep(this.#options.outageMs);
      }
    }
    for (const record of records) await this.#applyOne(record);
  }

  #refuseWhenStopped(): void {
    if (this.#stopped) throw new HostStopped('the consumer host is stopped');
  }

  async #applyOne(record: KafkaRecord): Promise<void> {
    const firstAt = new Date();
    for (let attempt = 1; ;) {
      this.#refuseWhenStopped();
      try {
        return await this.#transact([record]);
      } catch (error) {
        if (isTransient(error)) {
          await sleep(this.#options.outageMs);
          continue;
        }
        const pause = error instanceof UndecodableRecord ? undefined : this.#options.backoffMs[attempt - 1];
        if (pause === undefined) {
          return await this.#bury(record, { cause: reason(error), attempts: attempt, firstAt, lastAt: new Date() });
        }
        attempt++;
        await sleep(pause);
      }
    }
  }

  async #bury(record: KafkaRecord, failure: Parameters<typeof giveUp>[4]): Promise<void> {
    const { groupId, pool, deadLetterTopic, logger } = this.#options;
    const { topic, partition, offset, key } = record;
    logger.error({ topic, partition, offset, key, ...failure }, 'message given up: dead letter written, key parked');
    for (;;) {
      this.#refuseWhenStopped();
      try {
        await withTransaction(pool, (tx) => giveUp(tx, groupId, deadLetterTopic, record, failure));
        return this.#options.afterCommit();
      } catch (error) {
        logger.warn({ err: error }, 'the dead letter could not be stored, trying again');
        await sleep(this.#options.outageMs);
      }
    }
  }

  async #transact(records: readonly KafkaRecord[]): Promise<void> {
    const { handlers, keyAttributes, afterCommit } = this.#options;
    const known: Known[] = [];
    for (const record of records) {
      const schemas = handlers.get(record.topic)?.schemas;
      const delivery = schemas && decode(record, schemas);
      if (delivery) known.push({ delivery, record });
    }
    if (known.length === 0) return;
    const decoded = known.map(({ delivery }) => delivery);
    await processed(decoded, keyAttributes, (deliveries) =>
      this.#commit(new Map(deliveries.map((delivery, i) => [delivery, known[i]?.record]))),
    );
    afterCommit();
  }

  /** Inbox rows, parked records and effects, in one transaction. */
  #commit(byDelivery: ReadonlyMap<Delivery, KafkaRecord | undefined>): Promise<void> {
    const { groupId, handlers, pool } = this.#options;
    return inTransaction(pool, async (tx) => {
      const { fresh, hasParked } = await claim(tx, groupId, [...byDelivery.keys()]);
      const isParked = hasParked ? await parkedKeys(tx, groupId, fresh) : () => false;
      for (const delivery of fresh.filter(isParked)) {
        const record = byDelivery.get(delivery);
        if (record) await park(tx, groupId, record);
      }
      const byTopic = Map.groupBy(
        fresh.filter((delivery) => !isParked(delivery)),
        (delivery) => delivery.topic,
      );
      for (const [topic, deliveries] of byTopic) await handlers.get(topic)?.handle(deliveries, tx);
    });
  }
}
