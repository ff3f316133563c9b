import type { Logger } from '@souk/observability';
import { batcher } from '@souk/outbox';
import { growingPauses, type RetryPolicy } from './consumer-mechanics.js';
import type { Failure } from './dead-letter.js';
import { causeOf } from './dead-letters.js';
import { type KafkaRecord, ReadingEnds } from '@souk/kafka';

/** What a host does with records; the rest is when, in which order and how often. */
export interface RecordEffects {
  /** Makes the effects of all records durable, or of none; may be called again with the same records. */
  apply(records: readonly KafkaRecord[]): Promise<void>;
  /** Sets a record aside for good. */
  bury(record: KafkaRecord, failure: Failure): Promise<void>;
  /** Whether the store is out of reach, as opposed to a fault of the work itself. */
  isOutage(error: unknown): boolean;
}

export interface RecordHostOptions {
  readonly logger: Pick<Logger, 'warn' | 'error'>;
  /** Pauses between the attempts of one message; default: five attempts, growing pauses. */
  readonly retry?: RetryPolicy;
  /** Pause while the store is out of reach, in ms. */
  readonly outageMs?: number;
  /** Records applied at once; default: all that wait. */
  readonly maxRecords?: number;
}

/** The host was stopped while records waited; their offsets are not resolved and the next owner gets them. */
export class HostStopped extends ReadingEnds {
  override readonly name = 'HostStopped';
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * The batches of all partitions merge and are applied together. On an error the records are taken message by message, so that
 * one poison message costs itself only: after the last attempt it is buried, the others go on.
 * While the store is out of reach nothing is given up; the host waits.
 */
export class RecordHost {
  readonly #effects: RecordEffects;
  readonly #options: Required<RecordHostOptions>;
  readonly #submit: (records: readonly KafkaRecord[]) => Promise<void>;
  /** Ends when what was begun before has ended. */
  #turn: Promise<unknown> = Promise.resolve();
  #stopped = false;
  #inFlight = 0;

  constructor(effects: RecordEffects, options: RecordHostOptions) {
    this.#effects = effects;
    this.#options = { retry: growingPauses(), outageMs: 250, maxRecords: Infinity, ...options };
    // One at a time: a second one would fight the first over hot rows, and overtake it.
    this.#submit = batcher(
      async (lists: (readonly KafkaRecord[])[]) => {
        for (const part of parts(lists.flat(), this.#options.maxRecords)) await this.between(() => this.#apply(part));
        return lists.map(() => undefined);
      },
      { inFlight: 1, max: 64 },
    );
  }

  /** Resolves when the effects of all records are durable (or buried). Order per key is the order of the records. */
  async handle(records: readonly KafkaRecord[]): Promise<void> {
    this.#refuseWhenStopped();
    this.#inFlight++;
    try {
      await this.#submit(records);
    } finally {
      this.#inFlight--;
    }
  }

  /** Runs `work` while no records are being applied. */
  between<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(
      () => work(),
      () => work(),
    );
    this.#turn = turn;
    return turn;
  }

  /** Refuses new records and waits until the work under way has ended. */
  async stop(timeoutMs = 5_000): Promise<void> {
    this.#stopped = true;
    const deadline = performance.now() + timeoutMs;
    while (this.#inFlight > 0 && performance.now() < deadline) await sleep(10);
  }

  async #apply(records: readonly KafkaRecord[]): Promise<void> {
    for (let waiting = false; ; waiting = true) {
      this.#refuseWhenStopped();
      try {
        return await this.#effects.apply(records);
      } catch (error) {
        if (!this.#effects.isOutage(error)) {
          this.#options.logger.warn(
            { err: error, records: records.length },
            'a batch failed, taking it message by message',
          );
          break;
        }
        if (!waiting) this.#options.logger.warn({ err: error }, 'the store cannot be used now, waiting for it');
        await sleep(this.#options.outageMs);
      }
    }
    for (const record of records) await this.#applyOne(record);
  }

  #refuseWhenStopped(): void {
    if (this.#stopped) throw new HostStopped('the consumer host is stopped');
  }

  async #applyOne(record: KafkaRecord): Promise<void> {
    for (;;) {
      const failure = await this.#tried(record);
      if (failure === undefined || (await this.#buried(record, failure))) return;
      await sleep(this.#options.outageMs);
    }
  }

  /** Why it is given up; undefined when it was applied. */
  async #tried(record: KafkaRecord): Promise<Failure | undefined> {
    const firstAt = new Date();
    for (let attempt = 1; ;) {
      this.#refuseWhenStopped();
      try {
        await this.#effects.apply([record]);
        return undefined;
      } catch (error) {
        if (this.#effects.isOutage(error)) {
          await sleep(this.#options.outageMs);
          continue;
        }
        const pause = this.#options.retry(error, attempt);
        if (pause === undefined) return { cause: causeOf(error), attempts: attempt, firstAt, lastAt: new Date() };
        attempt++;
        await sleep(pause);
      }
    }
  }

  /**
   * False when the letter could not be stored: then the store may be what failed all the time (a login that was locked, a standby that
   * only reads), and the message deserves to be tried anew.
   */
  async #buried(record: KafkaRecord, failure: Failure): Promise<boolean> {
    const { logger } = this.#options;
    const { topic, partition, offset, key } = record;
    logger.error({ topic, partition, offset, key, ...failure }, 'message given up, it becomes a dead letter');
    this.#refuseWhenStopped();
    try {
      await this.#effects.bury(record, failure);
      return true;
    } catch (error) {
      logger.warn({ err: error }, 'the dead letter could not be stored, the message is tried anew');
      return false;
    }
  }
}

function parts(records: readonly KafkaRecord[], size: number): (readonly KafkaRecord[])[] {
  if (records.length <= size) return [records];
  return Array.from({ length: Math.ceil(records.length / size) }, (_, i) => records.slice(i * size, (i + 1) * size));
}
