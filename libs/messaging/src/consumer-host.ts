/** Pattern: Competing Consumers, with an idempotent receiver (inbox) and dead letters (docs/adr/0005, docs/adr/0021). */
import { definePoint, failpoint } from '@souk/failpoints';
import type { KafkaRecord } from '@souk/kafka';
import type pg from 'pg';
import { type ConsumerMechanics, soundMechanics, type Weakening } from './consumer-mechanics.js';
import { type Failure, sha256, storedName } from './dead-letter.js';
import { decode, decodeKnown, type Delivery, isTransient, type MessageSchemas, type PgTx } from '@souk/outbox';
import { type KeyAttributes, processed } from './message-spans.js';
import { fencedTransaction } from './partition-fence.js';
import { RecordHost, type RecordHostOptions } from './record-host.js';

const BEFORE_BEGIN = definePoint('consumer.before-begin', 'a batch is handed over, its transaction has not begun');
const AFTER_INBOX = definePoint('consumer.after-inbox', 'the inbox rows are written, the effects are not');
const AFTER_EFFECT = definePoint('consumer.after-effect', 'the effects are written, the transaction is not committed');
const AFTER_COMMIT = definePoint('consumer.after-commit', 'the effects are committed, the offsets are not');

/** What a consumer does with the deliveries of one topic, inside the open transaction. */
export type TopicHandler = (deliveries: Delivery[], tx: PgTx) => Promise<void>;

export interface TopicOfConsumer {
  readonly schemas: MessageSchemas;
  readonly handle: TopicHandler;
}

export interface ConsumerHostOptions extends Omit<RecordHostOptions, 'retry'> {
  /** Consumer group and name in the inbox. */
  readonly groupId: string;
  readonly pool: pg.Pool;
  readonly handlers: ReadonlyMap<string, TopicOfConsumer>;
  readonly deadLetterTopic: string;
  /** Called after each commit: wakes the relay. */
  readonly afterCommit: () => void;
  /** What the keys are called on spans; default: nothing. */
  readonly keyAttributes?: KeyAttributes;
  /** Pauses between the attempts of one message, in ms; its length + 1 is the number of attempts. */
  readonly backoffMs?: readonly number[];
  /** Parts in the place of the sound ones. */
  readonly weakening?: Weakening;
}

/**
 * Turns record batches into effects: the batches of all partitions merge into one transaction that holds the inbox rows, the
 * handlers' effects and their outbox rows. A message given up parks its key: later ones of that key queue behind it. Owners of
 * one partition, old and new, come one after the other (partition-fence.ts).
 */
export class ConsumerHost {
  readonly #options: ConsumerHostOptions;
  readonly #mechanics: ConsumerMechanics;
  readonly #host: RecordHost;
  #duplicates = 0;

  constructor(options: ConsumerHostOptions) {
    this.#options = options;
    this.#mechanics = { ...soundMechanics(options.backoffMs), ...options.weakening?.(options.pool) };
    this.#host = new RecordHost(
      {
        apply: (records) => this.#transact(records),
        bury: (record, failure) => this.#bury(record, failure),
        isOutage: isTransient,
      },
      { ...options, retry: this.#mechanics.retry },
    );
  }

  /** Deliveries dropped because their effect was there. */
  get duplicates(): number {
    return this.#duplicates;
  }

  /** Resolves when the effects of all records are committed (or parked). Order per key is the order of the records. */
  handle(records: readonly KafkaRecord[]): Promise<void> {
    return this.#mechanics.acknowledge(this.#host.handle(records));
  }

  /** Runs `work` while no batch is being handled here. */
  between<T>(work: () => Promise<T>): Promise<T> {
    return this.#host.between(work);
  }

  /** Refuses new records and waits until the transaction under way has ended. */
  stop(timeoutMs?: number): Promise<void> {
    return this.#host.stop(timeoutMs);
  }

  async #bury(record: KafkaRecord, failure: Failure): Promise<void> {
    const { groupId, pool, deadLetterTopic, afterCommit } = this.#options;
    const dead = { messageId: this.#idOf(record), failure, topic: deadLetterTopic };
    await fencedTransaction(pool, groupId, [record], (tx) => this.#mechanics.parking.giveUp(tx, groupId, record, dead));
    afterCommit();
  }

  /**
   * What cannot be read goes by its place: its producer may send it again, mended, under the same id. And by its bytes: a topic
   * that was made anew has every place once more.
   */
  #idOf(record: KafkaRecord): string {
    const bytes = sha256(record.key, '\n', JSON.stringify(record.headers), '\n', record.value ?? '').slice(0, 16);
    const place = `unreadable/${record.topic}/${record.partition}/${record.offset}/${bytes}`;
    try {
      const { handlers } = this.#options;
      const id = decode(record, handlers.get(record.topic)?.schemas ?? {})?.id ?? place;
      return storedName(id);
    } catch {
      return place;
    }
  }

  async #transact(records: readonly KafkaRecord[]): Promise<void> {
    const { handlers, keyAttributes = {}, afterCommit } = this.#options;
    const known = decodeKnown(records, handlers);
    if (known.length === 0) return;
    await failpoint(BEFORE_BEGIN);
    const decoded = known.map(({ delivery }) => delivery);
    await processed(decoded, keyAttributes, (deliveries) =>
      this.#commit(new Map(deliveries.map((delivery, i) => [delivery, known[i]?.record]))),
    );
    afterCommit();
    await failpoint(AFTER_COMMIT);
  }

  /** Inbox rows, parked records and effects, in one transaction. */
  async #commit(byDelivery: ReadonlyMap<Delivery, KafkaRecord | undefined>): Promise<void> {
    const { groupId, handlers, pool } = this.#options;
    const { inbox, parking } = this.#mechanics;
    const deliveries = [...byDelivery.keys()];
    this.#duplicates += await fencedTransaction(pool, groupId, deliveries, async (tx) => {
      const { fresh, hasParked } = await inbox.claim(tx, groupId, deliveries);
      await failpoint(AFTER_INBOX);
      const isParked = hasParked ? await parking.parkedKeys(tx, groupId, fresh) : () => false;
      for (const delivery of fresh.filter(isParked)) {
        const record = byDelivery.get(delivery);
        if (record) await parking.park(tx, groupId, record);
      }
      const byTopic = Map.groupBy(
        fresh.filter((delivery) => !isParked(delivery)),
        (delivery) => delivery.topic,
      );
      for (const [topic, group] of byTopic) await handlers.get(topic)?.handle(group, tx);
      await failpoint(AFTER_EFFECT);
      return deliveries.length - fresh.length;
    });
  }
}
