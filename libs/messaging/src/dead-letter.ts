import { createHash } from 'node:crypto';
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

/** Names longer than this, in bytes, do not stay as they are: a B-tree of PostgreSQL takes 2,704 bytes for a whole row. */
const NAME_BYTES = 500;
const PREFIX_CHARS = 100;

/** Keys and message ids as an index can hold them: a long one becomes its beginning and its SHA-256, always the same ones. */
export function bounded(name: string): string {
  if (Buffer.byteLength(name) <= NAME_BYTES) return name;
  const text = clean(name);
  return `${text.slice(0, PREFIX_CHARS).toWellFormed()}~sha256-${sha256(text)}`;
}

/** A key or id as it stands in tables, whatever it was. */
export const storedName = (name: string): string => bounded(clean(name));

export const sha256 = (...parts: readonly (string | Buffer)[]): string =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');

/** A record whose key and headers can be stored; its value has `storable`. */
export const cleanRecord = (record: KafkaRecord): KafkaRecord => ({
  ...record,
  key: storedName(record.key),
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
