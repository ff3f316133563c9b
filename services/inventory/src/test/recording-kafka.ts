import { type ConsumerOptions, KafkaConsumer, KafkaDriver, KafkaProducer, type ProducerRecord } from '@souk/kafka';
import { encodeHeaders, type OutgoingMessage } from '@souk/outbox';

/** Stands in for the broker: keeps what is produced, and hands records to the consumer as a broker would. */
export class RecordingKafka extends KafkaDriver {
  readonly produced: ProducerRecord[] = [];
  #consumer: ConsumerOptions | undefined;
  #offset = 0;

  producer(): KafkaProducer {
    const produced = this.produced;
    return new (class extends KafkaProducer {
      async send(records: readonly ProducerRecord[]): Promise<void> {
        produced.push(...records);
      }
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

  async partitions(topics: readonly string[]): Promise<Map<string, number>> {
    return new Map(topics.map((topic) => [topic, 12]));
  }

  /** Delivers messages of other services as one batch; resolves when the service has committed their effects. */
  async deliver(source: string, ...messages: OutgoingMessage[]): Promise<void> {
    if (this.#consumer === undefined) throw new Error('the service has not started its consumer');
    await this.#consumer.onBatch(
      messages.map((message) => ({
        topic: message.topic.name,
        partition: 0,
        offset: String(this.#offset++),
        key: message.key,
        headers: encodeHeaders(source, message),
        value: Buffer.from(JSON.stringify(message.data)),
      })),
    );
  }
}
