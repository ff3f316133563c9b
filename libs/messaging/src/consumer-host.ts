/** Pattern: Competing Consumers, with an idempotent receiver (inbox) and dead letters. */
import type pg from 'pg';
import type { Failure } from './dead-letter.js';
import { decodeKnown, type Delivery, type MessageSchemas } from './envelope.js';
import { claim } from './inbox.js';
import type { KafkaRecord } from '@souk/kafka';
import { type KeyAttributes, processed } from './message-spans.js';
import { giveUp, park, parkedKeys } from './parking.js';
import { RecordHost, type RecordHostOptions } from './record-host.js';
import { inTransaction, isTransient, type PgTx, withTransaction } from './transaction.js';

/** What a consumer does with the deliveries of one topic, inside the open transaction. */
export type TopicHandler = (deliveries: Delivery[], tx: PgTx) => Promise<void>;

export interface ConsumerHostOptions extends RecordHostOptions {
  /** Consumer group and name in the inbox. */
  readonly groupId: string;
  readonly pool: pg.Pool;
  readonly handlers: ReadonlyMap<string, { readonly schemas: MessageSchemas; readonly handle: TopicHandler }>;
  readonly deadLetterTopic: string;
  /** Called after each commit: wakes the relay. */
  readonly afterCommit: () => void;
  /** What the keys are called on spans; default: nothing. */
  readonly keyAttributes?: KeyAttributes;
}

/**
 * Turns record batches into effects: the batches of all partitions merge into one transaction that holds the inbox rows, the
 * handlers' effects and their outbox rows. A message given up parks its key: later ones of that key queue behind it.
 */
export class ConsumerHost {
  readonly #options: ConsumerHostOptions;
  readonly #host: RecordHost;

  constructor(options: ConsumerHostOptions) {
    this.#options = options;
    this.#host = new RecordHost(
      {
        apply: (records) => this.#transact(records),
        bury: (record, failure) => this.#bury(record, failure),
        isOutage: isTransient,
      },
      options,
    );
  }

  /** Resolves when the effects of all records are committed (or parked). Order per key is the order of the records. */
  handle(records: readonly KafkaRecord[]): Promise<void> {
    return this.#host.handle(records);
  }

  /** Refuses new records and waits until the transaction under way has ended. */
  stop(timeoutMs?: number): Promise<void> {
    return this.#host.stop(timeoutMs);
  }

  async #bury(record: KafkaRecord, failure: Failure): Promise<void> {
    const { groupId, pool, deadLetterTopic, afterCommit } = this.#options;
    await withTransaction(pool, (tx) => giveUp(tx, groupId, deadLetterTopic, record, failure));
    afterCommit();
  }

  async #transact(records: readonly KafkaRecord[]): Promise<void> {
    const { handlers, keyAttributes = {}, afterCommit } = this.#options;
    const known = decodeKnown(records, handlers);
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
