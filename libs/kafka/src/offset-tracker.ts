/** The next offset to read of a partition, as Kafka commits it. */
export interface Commit {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
}

/**
 * Which offsets may be committed: those whose effects are durable. Batches of a partition are handed over and completed in
 * order, so the last completed one is the high-water mark, unless one before it failed: then the partition stays where it
 * was. A new generation of the group forgets the old one's completions, since the partitions may be somebody else's.
 */
export class OffsetTracker {
  #generation = 0;
  readonly #ready = new Map<string, Commit>();
  readonly #failed = new Set<string>();

  get generation(): number {
    return this.#generation;
  }

  nextGeneration(): void {
    this.#generation++;
    this.#ready.clear();
    this.#failed.clear();
  }

  completed(generation: number, topic: string, partition: number, lastOffset: string): void {
    const id = `${topic}/${partition}`;
    if (generation !== this.#generation || this.#failed.has(id)) return;
    this.#ready.set(id, { topic, partition, offset: String(BigInt(lastOffset) + 1n) });
  }

  failed(generation: number, topic: string, partition: number): void {
    if (generation === this.#generation) this.#failed.add(`${topic}/${partition}`);
  }

  /** What became ready since the last call. */
  take(): Commit[] {
    const commits = [...this.#ready.values()];
    this.#ready.clear();
    return commits;
  }
}
