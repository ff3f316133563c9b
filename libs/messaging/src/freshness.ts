import type { KafkaRecord, ReadProgress } from '@souk/kafka';

/** How far a view is behind its topics. */
export interface ViewLag {
  /** Topic → messages that are in the log and not yet in the view. */
  readonly messages: ReadonlyMap<string, number>;
  /** Everything that was in the log by then is in the view; unknown until the consumer has caught up for the first time. */
  readonly asOf: Date | undefined;
}

/** Combines what has been fetched with what of it is still on its way into the view. */
export class Freshness {
  readonly #underWay = new Map<
    symbol,
    { readonly since: number | undefined; readonly records: readonly KafkaRecord[] }
  >();
  readonly #progress: () => ReadProgress;
  readonly #failed = new Set<symbol>();
  #frozen: ReadProgress | undefined;

  constructor(progress: () => ReadProgress) {
    this.#progress = () => this.#frozen ?? progress();
  }

  /** From now on nothing more counts as read: what the client hands over will be refused. */
  freeze(): void {
    this.#frozen = this.#progress();
  }

  /** Counts the records as missing until `work` has ended well; what failed or was refused stays missing until it comes again. */
  async during(records: readonly KafkaRecord[], work: () => Promise<void>): Promise<void> {
    const id = Symbol();
    // What was read before these records is not held up by them.
    this.#underWay.set(id, { since: this.#read().readThrough, records });
    try {
      await work();
      this.#underWay.delete(id);
    } catch (error) {
      this.#failed.add(id);
      throw error;
    }
  }

  /** A client that begins anew reads from what was committed: what failed is among it. */
  #read(): ReadProgress {
    const progress = this.#progress();
    if (progress.readThrough === undefined) {
      for (const id of this.#failed) this.#underWay.delete(id);
      this.#failed.clear();
    }
    return progress;
  }

  lag(topics: readonly string[]): ViewLag {
    const { readThrough, behind } = this.#read();
    const waiting = [...this.#underWay.values()];
    const countOf = (topic: string): number =>
      waiting.reduce((sum, { records }) => (records[0]?.topic === topic ? sum + records.length : sum), 0);
    const times = [readThrough, ...waiting.map(({ since }) => since)];
    const asOf = times.includes(undefined) ? undefined : new Date(Math.min(...times.map(Number)));
    return { messages: new Map(topics.map((topic) => [topic, countOf(topic) + (behind.get(topic) ?? 0)])), asOf };
  }
}
