import { type KafkaProducer, type KafkaRecord, RecordRefused } from '@souk/kafka';
import type { Logger } from '@souk/observability';
import { deadLetter, type Failure } from './dead-letter.js';

export interface CopyTarget {
  readonly producer: Pick<KafkaProducer, 'send'>;
  readonly topic: string;
  readonly logger: Pick<Logger, 'error'>;
}

/**
 * Publishes the copy of a dead letter that people and tools can follow. With its own headers a record can be more than the broker
 * takes; then the copy goes without the value (`dlq-value: left out`). A copy that is refused for good is logged and missing:
 * what counts is the stored letter. @throws what may pass by itself
 */
export async function sendCopy(
  { producer, topic, logger }: CopyTarget,
  record: KafkaRecord,
  failure: Failure,
): Promise<void> {
  const copy = deadLetter(topic, record, failure);
  const bare = { ...copy, value: '', headers: { ...copy.headers, 'dlq-value': 'left out' } };
  for (const each of [copy, bare]) {
    try {
      return await producer.send([each]);
    } catch (err) {
      if (!(err instanceof RecordRefused)) throw err;
      const { partition, offset } = record;
      logger.error({ err, topic: record.topic, partition, offset }, 'the broker refuses the copy of a dead letter');
      if (err.topic !== undefined) return;
    }
  }
}
