import { v5 as uuidv5 } from 'uuid';
import { currentContext } from '@souk/observability';
import type { KafkaRecord } from '@souk/kafka';

/** Namespace of our name-based ids; fixed for ever, because ids are compared across versions of the software. */
const SOUK_NAMESPACE = '5f2b0d3a-6f0e-5c63-9a54-2f7c0f0f5a11';

/** A message that a unit of work wants published. `data` is the final contract payload. */
export interface OutgoingMessage {
  readonly topic: { readonly name: string };
  /** Kafka key and, unless `subject` says otherwise, the CloudEvents subject: the aggregate's id. */
  readonly key: string;
  readonly type: string;
  readonly data: unknown;
  readonly id: string;
  readonly time: Date;
  readonly subject?: string;
  readonly aggregateVersion?: number;
  readonly causationId?: string | undefined;
  readonly correlationId?: string | undefined;
  readonly traceparent?: string | undefined;
}

/** A received message: envelope plus data that passed the schema of its topic. */
export interface Delivery<D = unknown> {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: string;
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly time: string;
  readonly aggregateVersion?: number;
  readonly correlationId?: string;
  readonly causationId?: string;
  readonly traceparent?: string;
  readonly data: D;
}

/**
 * The id of the fact "`type` happened to `stream` at `version`": uuidv5 (RFC 9562 §5.5), so that publishing the same fact
 * again gives the same id and consumers absorb it.
 */
export function messageId(stream: string, version: number | string, type: string): string {
  return uuidv5(`${stream}/${version}/${type}`, SOUK_NAMESPACE);
}

/** What a reaction to `delivery` hands on: who caused it, and the trace and correlation it belongs to. */
export function causedBy(delivery: Delivery): Pick<OutgoingMessage, 'causationId' | 'correlationId' | 'traceparent'> {
  return { causationId: delivery.id, correlationId: delivery.correlationId, traceparent: delivery.traceparent };
}

/** CloudEvents 1.0 attributes in Kafka binary mode: one `ce_` header each, the value is the data alone. */
export function encodeHeaders(source: string, message: OutgoingMessage): Record<string, string> {
  const context = currentContext();
  const optional: [string, string | undefined][] = [
    ['ce_aggregateversion', message.aggregateVersion?.toString()],
    ['ce_causationid', message.causationId],
    ['ce_correlationid', message.correlationId ?? context?.correlationId],
    ['traceparent', message.traceparent ?? context?.traceparent],
  ];
  return {
    ce_specversion: '1.0',
    ce_id: message.id,
    ce_type: message.type,
    ce_source: source,
    ce_subject: message.subject ?? message.key,
    ce_time: message.time.toISOString(),
    'content-type': 'application/json',
    ...Object.fromEntries(optional.filter((entry): entry is [string, string] => entry[1] !== undefined)),
  };
}

/** A record that is no message of ours: wrong envelope, no JSON, or data its schema refuses. Retrying cannot help. */
export class UndecodableRecord extends Error {
  override readonly name = 'UndecodableRecord';
}

/** The schema side of a topic; zod schemas fit. Types without a schema are not for this consumer. */
export interface MessageSchemas {
  readonly [type: string]: { parse(data: unknown): unknown };
}

/**
 * The topic with those of its message types that concern a consumer. Others are passed over before a transaction is opened,
 * unread: a broken message of theirs is no dead letter here.
 */
export function only<T extends { readonly messages: MessageSchemas }, K extends keyof T['messages'] & string>(
  topic: T,
  ...types: readonly K[]
): Omit<T, 'messages'> & { readonly messages: Pick<T['messages'], K> } {
  const messages = Object.fromEntries(types.map((type) => [type, topic.messages[type]])) as Pick<T['messages'], K>;
  return { ...topic, messages };
}

function header(record: KafkaRecord, name: string): string {
  const value = record.headers[name];
  if (value === undefined || value === '') throw new UndecodableRecord(`header ${name} is missing`);
  return value;
}

function parseData(record: KafkaRecord, type: string, schemas: MessageSchemas): unknown {
  try {
    return schemas[type]?.parse(JSON.parse(record.value?.toString('utf8') ?? ''));
  } catch (error) {
    throw new UndecodableRecord(
      `data of ${type} is refused: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/**
 * Envelope and data of a record, or undefined for a type that `schemas` does not know: a newer one, or one that does not
 * concern this consumer.
 * @throws UndecodableRecord
 */
export function decode(record: KafkaRecord, schemas: MessageSchemas): Delivery | undefined {
  const type = header(record, 'ce_type');
  if (!Object.hasOwn(schemas, type)) return undefined;
  const { ce_aggregateversion: version, ce_correlationid, ce_causationid, traceparent } = record.headers;
  return {
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    key: record.key,
    id: header(record, 'ce_id'),
    type,
    source: header(record, 'ce_source'),
    time: header(record, 'ce_time'),
    ...(version === undefined ? {} : { aggregateVersion: Number(version) }),
    ...(ce_correlationid === undefined ? {} : { correlationId: ce_correlationid }),
    ...(ce_causationid === undefined ? {} : { causationId: ce_causationid }),
    ...(traceparent === undefined ? {} : { traceparent }),
    data: parseData(record, type, schemas),
  };
}

/** A delivery beside the record it came from. */
export interface Decoded {
  readonly delivery: Delivery;
  readonly record: KafkaRecord;
}

/** Those of the records that are for this consumer. @throws UndecodableRecord */
export function decodeKnown(
  records: readonly KafkaRecord[],
  topics: ReadonlyMap<string, { readonly schemas: MessageSchemas }>,
): Decoded[] {
  return records.flatMap((record) => {
    const schemas = topics.get(record.topic)?.schemas;
    const delivery = schemas && decode(record, schemas);
    return delivery ? [{ delivery, record }] : [];
  });
}
