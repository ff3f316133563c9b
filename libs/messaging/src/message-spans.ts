import { type Attributes, contextOf, runInContext, type SpanHandle, startSpan } from '@souk/observability';
import type { Delivery } from '@souk/outbox';
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
    const recorded: SpanHandle[] = [];
    const traced = records.map((record) => {
      const span = this.#start(record);
      if (span.isRecording) recorded.push(span);
      return carrying(record, span);
    });
    try {
      await this.#inner.send(traced);
    } catch (error) {
      recorded.forEach((span) => span.fail(error));
      throw error;
    } finally {
      recorded.forEach((span) => span.end());
    }
  }

  #start({ topic, key, headers }: ProducerRecord): SpanHandle {
    return startSpan(`send ${topic}`, {
      kind: 'producer',
      parent: headers['traceparent'],
      attributes: () => ({
        ...attributesOf('send', topic, key, this.#keys),
        'messaging.message.id': headers['ce_id'],
      }),
    });
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

/** Most records hand on what they came with, and stay as they are. */
function carrying(record: ProducerRecord, { traceparent }: SpanHandle): ProducerRecord {
  const { topic, key, headers, value } = record;
  return headers['traceparent'] === traceparent ? record : { topic, key, value, headers: { ...headers, traceparent } };
}

/**
 * Runs `work` with a span `process <topic>` for each delivery, a child of the span that sent it. The deliveries that `work`
 * gets carry these spans, so that what is caused by a delivery belongs to its trace, whatever it is handled together with.
 * Several at once share a span of their own besides, linked to all that are recorded: the transaction is nobody's alone. It is
 * recorded if one of them is, whatever the rate of new traces.
 */
export async function processed(
  deliveries: readonly Delivery[],
  keys: KeyAttributes,
  work: (deliveries: Delivery[]) => Promise<void>,
): Promise<void> {
  const spans = deliveries.map((delivery) => startProcessing(delivery, keys));
  const recorded = spans.filter(({ isRecording }) => isRecording);
  const batch = deliveries.length > 1 ? startBatch(deliveries.length, recorded) : undefined;
  const traced = deliveries.map((delivery, i) => handedOver(delivery, spans[i]));
  const [first] = spans;
  const around = batch ?? first;
  const all = batch === undefined ? recorded : [...recorded, batch];
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

function handedOver(delivery: Delivery, span: SpanHandle | undefined): Delivery {
  if (span === undefined || span.traceparent === delivery.traceparent) return delivery;
  return { ...delivery, traceparent: span.traceparent };
}

function startBatch(size: number, recorded: readonly SpanHandle[]): SpanHandle {
  const batch = startSpan('process batch', {
    sampled: recorded.length > 0,
    links: recorded.map(({ traceparent }) => traceparent),
    attributes: { ...SYSTEM, 'messaging.operation.type': 'process', 'messaging.batch.message_count': size },
  });
  for (const span of recorded) span.addLink(batch.traceparent);
  return batch;
}

function startProcessing(delivery: Delivery, keys: KeyAttributes): SpanHandle {
  const { topic, key, partition, offset, id, traceparent } = delivery;
  return startSpan(`process ${topic}`, {
    kind: 'consumer',
    parent: traceparent,
    attributes: () => ({
      ...attributesOf('process', topic, key, keys),
      'messaging.message.id': id,
      'messaging.destination.partition.id': String(partition),
      'messaging.kafka.offset': Number(offset),
    }),
  });
}
