import { topics } from '@souk/contracts';
import { KafkaProducer } from '@souk/kafka';
import type { ProducerRecord } from '@souk/kafka';
import type { Outdate } from '../persistence/outdating-products.repository.js';

/**
 * Outdates copies once more when the event about a change goes out: whoever stored the change may have died before he could, and the
 * event is sent by somebody in any case. Nobody waits for it.
 */
export class OutdatingProducer extends KafkaProducer {
  constructor(
    private readonly inner: KafkaProducer,
    private readonly outdate: Outdate,
  ) {
    super();
  }

  async send(records: readonly ProducerRecord[]): Promise<void> {
    await this.inner.send(records);
    for (const [productId, version] of newest(records)) void this.outdate(productId, version);
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

const newest = (records: readonly ProducerRecord[]): Map<string, number> =>
  new Map(
    records
      .filter(({ topic }) => topic === topics.catalogProducts.name)
      .map(({ key, headers }) => [key, Number(headers['ce_aggregateversion'])]),
  );
