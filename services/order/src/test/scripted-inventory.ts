import { topics } from '@souk/contracts';
import { type ConsumerOptions, KafkaConsumer, KafkaDriver, KafkaProducer, type ProducerRecord } from '@souk/kafka';
import { encodeHeaders } from '@souk/outbox';
import { v7 as uuidv7 } from 'uuid';

interface Wish {
  readonly orderId: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
  readonly expiresAt?: string;
  readonly outstanding?: { readonly stock: boolean };
}

/** What inventory says to each message; a function of the wish. */
const answers: Record<string, (wish: Wish) => [string, object] | undefined> = {
  'reserve-stock.v1': ({ expiresAt, lines }) =>
    lines.some(({ sku }) => sku === 'SOLD-OUT')
      ? ['stock.reservation-rejected.v1', { reason: 'out-of-stock', short: [] }]
      : ['stock.reserved.v1', { expiresAt }],
  'commit-reservation.v1': () => ['stock.reservation-committed.v1', {}],
  'release-reservation.v1': () => ['stock.reservation-released.v1', {}],
  'return-stock.v1': () => ['stock.returned.v1', {}],
  'order.cancelled.v1': ({ outstanding }) => (outstanding?.stock ? ['stock.returned.v1', {}] : undefined),
  'order.return-requested.v1': ({ outstanding }) => (outstanding?.stock ? ['stock.returned.v1', {}] : undefined),
};

/** A broker with inventory behind it: every command is answered at once, and twice, because brokers do that. */
export class ScriptedInventory extends KafkaDriver {
  readonly produced: ProducerRecord[] = [];
  /** While true nobody answers. */
  silent = false;
  #consumer: ConsumerOptions | undefined;
  #offset = 0;

  producer(): KafkaProducer {
    const send = async (records: readonly ProducerRecord[]) => {
      this.produced.push(...records);
      for (const record of records) void this.#answer(record);
    };
    return new (class extends KafkaProducer {
      readonly send = send;
      async close(): Promise<void> {}
    })();
  }

  consumer(options: ConsumerOptions): KafkaConsumer {
    this.#consumer = options;
    return new (class extends KafkaConsumer {
      async start(): Promise<void> {}
      async stop(): Promise<void> {}
      isLive(): boolean {
        return true;
      }
    })();
  }

  async partitions(names: readonly string[]): Promise<Map<string, number>> {
    return new Map(names.map((name) => [name, 12]));
  }

  async deliver(topic: { readonly name: string }, type: string, key: string, data: object): Promise<void> {
    const headers = encodeHeaders('/test', { topic, key, type, data, id: uuidv7(), time: new Date() });
    const record = { topic: topic.name, partition: 0, key, headers, value: Buffer.from(JSON.stringify(data)) };
    await this.#consumer?.onBatch([0, 1].map(() => ({ ...record, offset: String(this.#offset++) })));
  }

  async #answer({ headers, key, value }: ProducerRecord): Promise<void> {
    const wish = JSON.parse(value) as Wish;
    const [type, more] = (this.silent ? undefined : answers[headers['ce_type'] ?? '']?.(wish)) ?? [];
    const lines = wish.lines.map(({ sku, quantity }) => ({ sku, quantity }));
    if (type) await this.deliver(topics.inventoryReservations, type, key, { orderId: wish.orderId, lines, ...more });
  }
}
