import type { KafkaRecord } from './kafka-port.js';

/** How far a view is behind its topics. */
export interface ViewLag {
  /** Topic → messages that are in the log and not yet in the view. */
  readonly messages: ReadonlyMap<string, number>;
  /** Everything that was in the log by then is in the view; unknown until the consumer has caught up for the first time. */
  readonly asOf: Date | undefined;
}

/** What a consumer client knows of the log. */
export interface ReadProgress {
  /** Everything that was in the log by then has been handed over; ms since 1970. */
  readonly readThrough: number | undefined;
  /** Topic → messages not handed over, as of the last fetch. */
  readonly behind: ReadonlyMap<string, number>;
}

/** Combines what has been fetched with what of it is still on its way into the view. */
export class Freshness {
  readonly #underWay = new Map<
    symbol,
    { readonly since: number | undefined; readonly records: readonly KafkaRecord[] }
  >();
  readonly #progress: () => ReadProgress;

  constructor(progress: () => ReadProgress) {
    this.#progress = progress;
  }

  /** Counts the records as missing until `work` has ended well. */
  async during(records: readonly KafkaRecord[], work: () => Promise<void>): Promise<void> {
    const id = Symbol();
    // What was read before these records is not held up by them.
    this.#underWay.set(id, { since: this.#progress().readThrough, records });
    try {
      await work();
    } finally {
      this.#underWay.delete(id);
    }
  }

  lag(topics: readonly string[]): ViewLag {
    const { readThrough, behind } = this.#progress();
    const waiting = [...this.#underWay.values()];
    const countOf = (topic: string): number =>
      waiting.reduce((sum, { records }) => (records[0]?.topic === topic ? sum + records.length : sum), 0);
    const times = [readThrough, ...waiting.map(({ since }) => since)];
    const asOf = times.includes(undefined) ? undefined : new Date(Math.min(...times.map(Number)));
    return { messages: new Map(topics.map((topic) => [topic, countOf(topic) + (behind.get(topic) ?? 0)])), asOf };
  }
}
