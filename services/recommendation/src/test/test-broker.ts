import { randomUUID } from 'node:crypto';
import { type ConsumerOptions, KafkaConsumer, KafkaDriver, KafkaProducer, type ProducerRecord } from '@souk/kafka';

export interface Told {
  readonly topic: { readonly name: string };
  readonly type: string;
  readonly key: string;
  readonly version?: number;
  readonly data: unknown;
}

/** The member of a group that a test hands messages to: it stands for the partitions of this process. */
class TestConsumer extends KafkaConsumer {
  readThrough: number | undefined = undefined;

  async start(): Promise<void> {
    // Nothing to join.
  }

  async stop(): Promise<void> {
    // Nothing to leave.
  }

  isLive(): boolean {
    return true;
  }

  override progress() {
    return { readThrough: this.readThrough, behind: new Map<string, number>() };
  }
}

/** A broker in memory. Every replica of a test has its own: what is told to one, no other reads, as with partitions. */
export class TestBroker extends KafkaDriver {
  readonly member = new TestConsumer();
  readonly deadLetters: ProducerRecord[] = [];
  #options: ConsumerOptions | undefined;
  #offset = 0;

  producer(): KafkaProducer {
    const { deadLetters } = this;
    return new (class extends KafkaProducer {
      async send(records: readonly ProducerRecord[]): Promise<void> {
        deadLetters.push(...records);
      }
      async close(): Promise<void> {
        // Nothing to close.
      }
    })();
  }

  consumer(options: ConsumerOptions): KafkaConsumer {
    this.#options = options;
    return this.member;
  }

  async partitions(topics: readonly string[]): Promise<Map<string, number>> {
    return new Map(topics.map((topic) => [topic, 12]));
  }

  /** Everything up to `at` is read. */
  readThrough(at: Date): void {
    this.member.readThrough = at.getTime();
  }

  /** Resolves when the messages have had their effect. */
  async tell(...messages: Told[]): Promise<void> {
    const records = messages.map(({ topic, type, key, version, data }) => ({
      topic: topic.name,
      partition: 0,
      offset: String(this.#offset++),
      key,
      headers: {
        ce_id: randomUUID(),
        ce_type: type,
        ce_source: '/test',
        ce_time: '2026-03-02T09:00:00.000Z',
        ...(version === undefined ? {} : { ce_aggregateversion: String(version) }),
      },
      value: Buffer.from(JSON.stringify(data)),
    }));
    await this.#options?.onBatch(records);
  }
}
