import {
  type ConsumerOptions,
  KafkaConsumer,
  KafkaDriver,
  KafkaProducer,
  type KafkaRecord,
  type ProducerRecord,
  type ReadProgress,
} from '@souk/kafka';
import { encodeHeaders } from '@souk/outbox';
import { v7 as uuidv7 } from 'uuid';

/** A broker whose log the test writes: a new group reads all of it, members get what is added. */
export class ScriptedLog extends KafkaDriver {
  readonly produced: ProducerRecord[] = [];
  /** What the clients say they have read; undefined: up to now. */
  readThrough: number | undefined;
  readonly #log: KafkaRecord[] = [];
  readonly #members = new Set<ConsumerOptions>();

  producer(): KafkaProducer {
    const send = async (records: readonly ProducerRecord[]): Promise<void> => void this.produced.push(...records);
    return new (class extends KafkaProducer {
      readonly send = send;
      async close(): Promise<void> {}
    })();
  }

  consumer(options: ConsumerOptions): KafkaConsumer {
    const join = async (): Promise<void> => {
      this.#members.add(options);
      const old = this.#log.filter(({ topic }) => options.topics.includes(topic));
      if (old.length > 0) await options.onBatch(old);
    };
    const leave = (): boolean => this.#members.delete(options);
    const progress = (): ReadProgress => ({ readThrough: this.readThrough ?? Date.now(), behind: new Map() });
    return new (class extends KafkaConsumer {
      readonly start = join;
      async stop(): Promise<void> {
        leave();
      }
      isLive(): boolean {
        return true;
      }
      override readonly progress = progress;
    })();
  }

  async partitions(names: readonly string[]): Promise<Map<string, number>> {
    return new Map(names.map((name) => [name, 12]));
  }

  /** Resolves when every group that reads the topic has taken the messages. */
  async deliver(
    topic: { readonly name: string },
    type: string,
    messages: readonly (readonly [string, object])[],
  ): Promise<void> {
    const records = messages.map(([key, data]): KafkaRecord => {
      const headers = encodeHeaders('/test', { topic, key, type, data, id: uuidv7(), time: new Date() });
      const value = Buffer.from(JSON.stringify(data));
      return { topic: topic.name, partition: 0, offset: '0', key, headers, value };
    });
    this.#log.push(...records);
    const readers = [...this.#members].filter(({ topics }) => topics.includes(topic.name));
    await Promise.all(readers.map(({ onBatch }) => onBatch(records)));
  }

  /** As a client does that finds records gone. */
  reportGap(topic: { readonly name: string }): void {
    for (const { onGap } of this.#members) onGap?.(topic.name);
  }
}
