import type { KafkaProducer } from '@souk/kafka';
import type { Logger } from '@souk/observability';
import type { OutgoingMessage } from './envelope.js';
import { encodeOutbox, Outbox, type OutboxRow, type Queryable } from './outbox.js';

/**
 * The variant `outbox-dual-write`: the change is committed to the database, then its messages are sent to the broker, which
 * are two writes. A process that dies between them, or a broker that is away just then, loses the messages for good.
 */
export class DualWriteOutbox extends Outbox {
  readonly #source: string;
  readonly #producer: Pick<KafkaProducer, 'send'>;
  readonly #logger: Pick<Logger, 'warn'>;
  /** Key → message id → row. By id, because a transaction that was rolled back is tried again with the same messages. */
  readonly #unsent = new Map<string, Map<string, OutboxRow>>();

  constructor(source: string, producer: Pick<KafkaProducer, 'send'>, logger: Pick<Logger, 'warn'>) {
    super();
    this.#source = source;
    this.#producer = producer;
    this.#logger = logger;
  }

  async add(_tx: Queryable, ...messages: readonly OutgoingMessage[]): Promise<void> {
    this.rows(messages);
  }

  /** None: the transaction writes nothing. */
  rows(messages: readonly OutgoingMessage[]): OutboxRow[] {
    for (const message of messages) {
      const ofKey = this.#unsent.get(message.key) ?? new Map<string, OutboxRow>();
      for (const row of encodeOutbox(this.#source, [message])) ofKey.set(message.id, row);
      this.#unsent.set(message.key, ofKey);
    }
    return [];
  }

  committed(keys: readonly string[] = []): void {
    const rows = keys.flatMap((key) => [...(this.#unsent.get(key)?.values() ?? [])]);
    for (const key of keys) this.#unsent.delete(key);
    if (rows.length === 0) return;
    this.#producer
      .send(rows)
      .catch((err: unknown) => this.#logger.warn({ err, messages: rows.length }, 'messages could not be sent'));
  }
}
