import type { Consumer } from '@platformatic/kafka';
import type { KafkaRecord } from './kafka-port.js';

/** Set in the attributes of a batch that ends a transaction: it holds no message. */
const CONTROL = 0x20;

type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>;
type Partition = FetchResponse['responses'][number]['partitions'][number];
type RawBatch = NonNullable<Partition['records']>[number];

/** What one fetch brought for one partition. */
export interface Fetched {
  readonly topic: string;
  readonly partition: number;
  readonly records: KafkaRecord[];
  readonly nextOffset: bigint;
  readonly highWatermark: bigint;
}

interface Wanted {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** A broker answers with whole batches, which may begin before the position, and with partitions that are not wanted any more. */
export function fetchedOf(
  { responses }: Pick<FetchResponse, 'responses'>,
  names: ReadonlyMap<string, string>,
  wanted: readonly Wanted[],
): Fetched[] {
  const offsets = new Map(wanted.map(({ topic, partition, offset }) => [`${topic}/${partition}`, offset]));
  return responses.flatMap(({ topicId, partitions }) => {
    const topic = names.get(topicId) ?? '';
    return partitions.flatMap((response) => {
      const { partitionIndex: partition, highWatermark } = response;
      const offset = offsets.get(`${topic}/${partition}`);
      const last = response.records?.at(-1);
      if (offset === undefined || !last) return [];
      const records = (response.records ?? []).flatMap((batch) => recordsOf(batch, topic, partition, offset));
      return [{ topic, partition, records, nextOffset: endOf(last), highWatermark }];
    });
  });
}

const endOf = ({ firstOffset, lastOffsetDelta }: RawBatch): bigint => firstOffset + BigInt(lastOffsetDelta) + 1n;

function recordsOf(batch: RawBatch, topic: string, partition: number, from: bigint): KafkaRecord[] {
  if (batch.attributes & CONTROL) return [];
  return batch.records.flatMap(({ offsetDelta, key, value, headers }) => {
    const offset = batch.firstOffset + BigInt(offsetDelta);
    if (offset < from) return [];
    const record: KafkaRecord = {
      topic,
      partition,
      offset: String(offset),
      key: key?.toString() ?? '',
      headers: Object.fromEntries(headers.map(([name, text]) => [String(name ?? ''), String(text ?? '')])),
      value,
    };
    return [record];
  });
}
