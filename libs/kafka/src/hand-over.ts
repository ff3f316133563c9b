import { type KafkaRecord, ReadingEnds } from './kafka-port.js';
import { type Commit, OffsetTracker } from './offset-tracker.js';

const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Records handed over and not completed; above it nothing more is fetched. */
const BACKLOG = 2_000;
const POLL_MS = 20;

/** The records of one fetch of one partition, and the offset that is done with when they are. */
export interface Batch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly KafkaRecord[];
  readonly lastOffset: string;
}

/**
 * Batches are handed over without waiting for their effects, so that the next fetch goes out at once and the broker answers it
 * with the next message. What is under way, and what may be committed because it has ended, is known here.
 */
export class HandOver {
  readonly #onBatch: (records: readonly KafkaRecord[]) => Promise<void>;
  readonly #onRefused: (error: unknown, batch: Batch) => void;
  readonly #offsets = new OffsetTracker();
  #backlog = 0;

  constructor(
    onBatch: (records: readonly KafkaRecord[]) => Promise<void>,
    onRefused: (error: unknown, batch: Batch) => void,
  ) {
    this.#onBatch = onBatch;
    this.#onRefused = onRefused;
  }

  give(batch: Batch): void {
    const { topic, partition, records, lastOffset } = batch;
    const { generation } = this.#offsets;
    this.#backlog += records.length;
    void this.#onBatch(records)
      .then(() => this.#offsets.completed(generation, topic, partition, lastOffset))
      .catch((error: unknown) => {
        this.#offsets.failed(generation, topic, partition);
        if (!(error instanceof ReadingEnds)) this.#onRefused(error, batch);
      })
      .finally(() => {
        this.#backlog -= records.length;
      });
  }

  /** Whether so much is under way that nothing more should be fetched. */
  isFull(): boolean {
    return this.#backlog > BACKLOG;
  }

  /** Waits until all that was handed over has ended. @returns whether it has, in `timeoutMs` */
  async drained(timeoutMs: number): Promise<boolean> {
    const until = performance.now() + timeoutMs;
    while (this.#backlog > 0 && performance.now() < until) await delay(POLL_MS);
    return this.#backlog === 0;
  }

  /** What is under way ends without a commit: the partitions may be somebody else's. */
  nextGeneration(): void {
    this.#offsets.nextGeneration();
  }

  /** What became ready to commit since the last call. */
  take(): Commit[] {
    return this.#offsets.take();
  }
}
