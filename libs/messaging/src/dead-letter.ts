import type { KafkaRecord } from '@souk/kafka';

/** Why a record was given up. */
export interface Failure {
  readonly cause: string;
  readonly attempts: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
}

/** Text as PostgreSQL can hold it: well-formed and without NUL. What poison brings along must not keep it from being set aside. */
export const clean = (text: string): string => text.toWellFormed().replaceAll('\0', '\uFFFD');

/** A record whose key and headers can be stored; its value has `storable`. */
export const cleanRecord = (record: KafkaRecord): KafkaRecord => ({
  ...record,
  key: clean(record.key),
  headers: Object.fromEntries(Object.entries(record.headers).map(([name, value]) => [clean(name), clean(value)])),
});

/** Bytes as text where they are text that PostgreSQL can hold, base64 otherwise; `encoding` says which. */
export function storable(value: Buffer | null): { value: string; encoding: 'utf8' | 'base64' } {
  const text = value?.toString('utf8') ?? '';
  const intact = !text.includes('\0') && Buffer.from(text, 'utf8').equals(value ?? Buffer.alloc(0));
  return intact ? { value: text, encoding: 'utf8' } : { value: value?.toString('base64') ?? '', encoding: 'base64' };
}

/** The dead letter as a message: the original bytes and headers plus cause, attempts, first and last time. */
export function deadLetter(topic: string, given: KafkaRecord, failure: Failure) {
  const record = cleanRecord(given);
  const { value, encoding } = storable(record.value);
  return {
    topic,
    key: record.key,
    value,
    headers: {
      ...record.headers,
      'dlq-topic': record.topic,
      'dlq-partition': String(record.partition),
      'dlq-offset': record.offset,
      'dlq-cause': clean(failure.cause),
      'dlq-attempts': String(failure.attempts),
      'dlq-first-at': failure.firstAt.toISOString(),
      'dlq-last-at': failure.lastAt.toISOString(),
      'dlq-encoding': encoding,
    },
  };
}
