import type { Logger } from '@souk/observability';

/** A message on its way to the broker: final bytes, nothing left to decide. */
export interface ProducerRecord {
  readonly topic: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: string;
}

/** A message as the broker handed it over. */
export interface KafkaRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Buffer | null;
}

/**
 * The broker will never take a record as it is: too large, or for a topic that is not there. Everything else that `send` fails
 * with may pass by itself.
 */
export class RecordRefused extends Error {
  override readonly name = 'RecordRefused';
  /** Named when it is the topic that is refused, and so every record for it. */
  readonly topic: string | undefined;

  /** @param index of the guilty record among those sent, where the client knows it */
  constructor(
    message: string,
    readonly index?: number,
    { topic, ...options }: ErrorOptions & { readonly topic?: string | undefined } = {},
  ) {
    super(message, options);
    this.topic = topic;
  }
}

/** Kafka refuses a batch of over 1 MiB for one partition (`max.message.bytes`); this leaves room for its framing. */
const BATCH_BYTES = 700 * 1024;

const bytesOf = ({ key, headers, value }: ProducerRecord): number =>
  Buffer.byteLength(key) + Buffer.byteLength(value) + Buffer.byteLength(JSON.stringify(headers)) + 64;

/** The records in their order, in parts that the broker takes even if all are for one partition. */
export function withinBytes<R extends ProducerRecord>(records: readonly R[], limit = BATCH_BYTES): R[][] {
  const parts: R[][] = [];
  let size = Infinity;
  for (const record of records) {
    const bytes = bytesOf(record);
    if (size + bytes > limit) {
      parts.push([]);
      size = 0;
    }
    parts.at(-1)?.push(record);
    size += bytes;
  }
  return parts;
}

/** Publishes with acks=all. */
export abstract class KafkaProducer {
  /**
   * Resolves when every in-sync replica has all records; order per key is the order of the array.
   * @throws RecordRefused when one of them will never be taken; others of the same call may have been
   */
  abstract send(records: readonly ProducerRecord[]): Promise<void>;
  abstract close(): Promise<void>;
}

/**
 * Whoever handles records has begun to end, and the client is about to be stopped: the batch stays uncommitted for the next owner,
 * and the client is not built anew for it.
 */
export class ReadingEnds extends Error {}

/** What a consumer client knows of the log. */
export interface ReadProgress {
  /** Everything that was in the log by then has been handed over; ms since 1970. */
  readonly readThrough: number | undefined;
  /** Topic → messages not handed over, as of the last fetch. */
  readonly behind: ReadonlyMap<string, number>;
}

export interface ConsumerOptions {
  readonly groupId: string;
  readonly topics: readonly string[];
  /**
   * Called with records of one partition, in order; further ones of the partition may be handed over before it has
   * resolved (they are in order, too). Offsets are committed only afterwards. It must not reject while the consumer runs
   * (ReadingEnds: shortly before it is stopped): the host behind it decides about retries.
   */
  readonly onBatch: (records: readonly KafkaRecord[]) => Promise<void>;
  /**
   * Pause between a fetch that brought records and the next one, in ms: what arrives meanwhile comes with one request and is
   * one batch. The first records after a quiet time are not held up by it. Default: none.
   */
  readonly gatherMs?: number;
  /** Told when records of a topic were gone from the log before this group read them; it reads on with the oldest there is. */
  readonly onGap?: (topic: string) => void;
}

/** A member of a consumer group that stays alive: whatever ends the client underneath, it is built anew. */
export abstract class KafkaConsumer {
  abstract start(): Promise<void>;
  /** Finishes the batches under way, commits, leaves the group. */
  abstract stop(): Promise<void>;
  /** Whether the group has accepted this member and it fetches. */
  abstract isLive(): boolean;
  /** How far this member has read; a client that cannot tell knows nothing. */
  progress(): ReadProgress {
    return { readThrough: undefined, behind: new Map() };
  }
}

export interface KafkaDriverOptions {
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly logger: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;
  /** How long the broker may hold an empty fetch, in ms; it answers at once when there is a message. */
  readonly maxWaitMs?: number;
}

/** The one door to a Kafka client library, so that it can be replaced in one folder. */
export abstract class KafkaDriver {
  abstract producer(): KafkaProducer;
  abstract consumer(options: ConsumerOptions): KafkaConsumer;
  /** Partition counts of the named topics. @throws when one is missing or the broker cannot be reached */
  abstract partitions(topics: readonly string[]): Promise<Map<string, number>>;
}
