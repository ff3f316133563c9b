import { definePoint, failpoint } from '@souk/failpoints';
import type { KafkaRecord } from '@souk/kafka';
import type { DeadLetterStore, StoredLetter } from './dead-letter-store.js';
import { cleanRecord, type Failure, storable } from './dead-letter.js';
import {
  causeOf,
  DeadLetterBusy,
  type DeadLetterDetails,
  type DeadLetterFilter,
  DeadLetterNotFound,
  type DeadLetterPage,
  DeadLetters,
  placeId,
  type Settlement,
} from './dead-letters.js';

const AFTER_EFFECT = definePoint(
  'view-replay.after-effect',
  'a replayed message is in the view, its letter still stands',
);

/** Longer than a handler may take; after it a letter whose operator died can be taken again. */
const TAKEN_MS = 30_000;

export interface ViewDeadLettersOptions {
  readonly store: DeadLetterStore;
  /** Applies records as if they had just arrived; repeats are harmless, a view knows the version it holds. */
  readonly apply: (record: KafkaRecord) => Promise<void>;
  /** Whether the store of the views is out of reach, as opposed to a fault of the message. */
  readonly isOutage: (error: unknown) => boolean;
}

/**
 * The dead letters of views. Nothing waits behind them: every message carries the full state, so the next one of the key mends
 * the view, and a replay of an older one writes nothing.
 */
export class ViewDeadLetters extends DeadLetters {
  readonly #options: ViewDeadLettersOptions;

  constructor(options: ViewDeadLettersOptions) {
    super();
    this.#options = options;
  }

  async list(filter: DeadLetterFilter): Promise<DeadLetterPage> {
    const { items, total } = await this.#options.store.list(filter);
    return { items: items.map(({ headers: _h, value: _v, encoding: _e, ...letter }) => bare(letter)), total };
  }

  count(): Promise<number> {
    return this.#options.store.count();
  }

  async find(id: string): Promise<DeadLetterDetails> {
    const letter = await this.#options.store.find(id);
    if (letter === undefined) throw new DeadLetterNotFound(id);
    return bare(letter);
  }

  async replay(id: string): Promise<Settlement> {
    const { store, apply, isOutage } = this.#options;
    const letter = await this.#take(id);
    try {
      await apply(recordOf(letter));
    } catch (error) {
      if (isOutage(error)) throw error;
      const cause = causeOf(error);
      await store.failedAgain(id, cause, new Date());
      return { outcome: 'still-dead', applied: 0, waiting: 0, blockedBy: { id, cause } };
    }
    await failpoint(AFTER_EFFECT);
    await store.remove(id);
    return { outcome: 'released', applied: 1, waiting: 0, blockedBy: null };
  }

  async discard(id: string): Promise<Settlement> {
    await this.#take(id);
    await this.#options.store.remove(id);
    return { outcome: 'released', applied: 0, waiting: 0, blockedBy: null };
  }

  async #take(id: string): Promise<StoredLetter> {
    const letter = await this.#options.store.take(id, TAKEN_MS);
    if (letter !== undefined) return letter;
    throw (await this.#options.store.find(id)) === undefined ? new DeadLetterNotFound(id) : new DeadLetterBusy(id);
  }
}

/** Without the place, which the id names. */
function bare<T extends { partition: number; offset: string }>(letter: T): Omit<T, 'partition' | 'offset'> {
  const { partition: _partition, offset: _offset, ...rest } = letter;
  return rest;
}

/** A record that was given up, as it is stored. */
export function letterOf(record: KafkaRecord, { cause, attempts, firstAt, lastAt }: Failure): StoredLetter {
  const { topic, key, partition, offset, headers } = cleanRecord(record);
  return {
    id: placeId(record),
    kind: 'view',
    topic,
    key,
    partition,
    offset,
    type: headers['ce_type'] ?? null,
    messageId: headers['ce_id'] ?? null,
    cause,
    attempts,
    firstAt,
    lastAt,
    waiting: 0,
    headers,
    ...storable(record.value),
  };
}

const recordOf = ({ topic, key, partition, offset, headers, value, encoding }: StoredLetter): KafkaRecord => ({
  topic,
  key,
  partition,
  offset,
  headers,
  value: Buffer.from(value, encoding),
});
