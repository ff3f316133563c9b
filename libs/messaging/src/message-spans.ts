import { type Attributes, contextOf, runInContext, type SpanHandle, startSpan } from '@souk/observability';
import type { Delivery } from './envelope.js';
import { KafkaProducer, type ProducerRecord } from '@souk/kafka';

/** Topic → the span attribute that its key is, e.g. `{ 'order.events.v1': 'souk.order.id' }`. */
export type KeyAttributes = Readonly<Record<string, string>>;

const SYSTEM = { 'messaging.system': 'kafka' };

function attributesOf(operation: 'send' | 'process', topic: string, key: string, keys: KeyAttributes): Attributes {
  const own = keys[topic];
  return {
    ...SYSTEM,
    'messaging.operation.type': operation,
    'messaging.operation.name': operation,
    'messaging.destination.name': topic,
    'messaging.kafka.message.key': key,
    ...(own !== undefined && { [own]: key }),
  };
}

/** Gives each record a span `send <topic>`, a child of the span that the record was written in; the record carries it on. */
export class TracingProducer extends KafkaProducer {
  readonly #inner: KafkaProducer;
  readonly #keys: KeyAttributes;

  constructor(inner: KafkaProducer, keys: KeyAttributes) {
    super();
    this.#inner = inner;
    this.#keys = keys;
  }

  async send(records: readonly ProducerRecord[]): Promise<void> {
    const spans = records.map((record) => this.#start(record));
    const traced = records.map(({ topic, key, headers, value }, i): ProducerRecord => {
      const traceparent = spans[i]?.traceparent;
      return { topic, key, value, headers: { ...headers, ...(traceparent !== undefined && { traceparent }) } };
    });
    try {
      await this.#inner.send(traced);
    } catch (error) {
      spans.forEach((span) => span.fail(error));
      throw error;
    } finally {
      spans.forEach((span) => span.end());
    }
  }

  #start({ topic, key, headers }: ProducerRecord): SpanHandle {
    return startSpan(`send ${topic}`, {
      kind: 'producer',
      parent: headers['traceparent'],
      attributes: { ...attributesOf('send', topic, key, this.#keys), 'messaging.message.id': headers['ce_id'] },
    });
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

/**
 * Runs `work` with a span `process <topic>` for each delivery, a child of the span that sent it. The deliveries that `work`
 * gets carry these spans, so that what is caused by a delivery belongs to its trace, whatever it is handled together with.
 * Several at once share a span of their own besides, linked to all of them: the transaction is nobody's alone.
 */
export async function processed(
  deliveries: readonly Delivery[],
  keys: KeyAttributes,
  work: (deliveries: Delivery[]) => Promise<void>,
): Promise<void> {
  const batch = deliveries.length > 1 ? startBatch(deliveries.length) : undefined;
  const spans = deliveries.map((delivery) => startProcessing(delivery, keys, batch));
  const traced = deliveries.map((delivery, i): Delivery => ({ ...delivery, ...spanOf(spans[i]) }));
  const [first] = spans;
  const around = batch ?? first;
  const all = batch === undefined ? spans : [...spans, batch];
  try {
    const run = (): Promise<void> => work(traced);
    await (around === undefined ? run() : runInContext(contextOf(around, deliveries[0]?.correlationId), run));
  } catch (error) {
    all.forEach((span) => span.fail(error));
    throw error;
  } finally {
    all.forEach((span) => span.end());
  }
}

const spanOf = (span: SpanHandle | undefined): Pick<Delivery, 'traceparent'> =>
  span === undefined ? {} : { traceparent: span.traceparent };

const startBatch = (size: number): SpanHandle =>
  startSpan('process batch', {
    attributes: { ...SYSTEM, 'messaging.operation.type': 'process', 'messaging.batch.message_count': size },
  });

function startProcessing(delivery: Delivery, keys: KeyAttributes, batch: SpanHandle | undefined): SpanHandle {
  const { topic, key, partition, offset, id, traceparent } = delivery;
  const span = startSpan(`process ${topic}`, {
    kind: 'consumer',
    parent: traceparent,
    links: batch === undefined ? [] : [batch.traceparent],
    attributes: {
      ...attributesOf('process', topic, key, keys),
      'messaging.message.id': id,
      'messaging.destination.partition.id': String(partition),
      'messaging.kafka.offset': Number(offset),
    },
  });
  batch?.addLink(span.traceparent);
  return span;
}
