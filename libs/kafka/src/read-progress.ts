import type { ReadProgress } from './kafka-port.js';

interface Fetch {
  readonly startedAt: number;
  readonly readThrough: number | undefined;
}

/**
 * What the fetches of one member tell about the log. The client hands over all of a fetch before it starts the next one to the
 * same broker; so when one starts and no partition was left behind its high watermark, all that was in the log at the start of
 * the fetch before has been handed over.
 */
export class FetchProgress {
  readonly #fetches = new Map<string, Fetch>();
  readonly #behind = new Map<string, { readonly topic: string; readonly messages: number }>();

  /** A new assignment: what was known is of other partitions. */
  reset(): void {
    this.#fetches.clear();
    this.#behind.clear();
  }

  fetchStarted(broker: string, now: number): void {
    const before = this.#fetches.get(broker);
    const complete = ![...this.#behind.values()].some(({ messages }) => messages > 0);
    const readThrough = complete && before ? before.startedAt : before?.readThrough;
    this.#fetches.set(broker, { startedAt: now, readThrough });
  }

  handedOver(topic: string, partition: number, lastOffset: string, highWatermark: string): void {
    const messages = Math.max(0, Number(BigInt(highWatermark) - BigInt(lastOffset)) - 1);
    this.#behind.set(`${topic}/${partition}`, { topic, messages });
  }

  /** A broker that was not asked for `silentMs` leads none of our partitions any more. */
  at(now: number, silentMs: number): ReadProgress {
    const current = [...this.#fetches.values()].filter(({ startedAt }) => now - startedAt < silentMs);
    const times = current.map(({ readThrough }) => readThrough);
    const known = times.length > 0 && !times.includes(undefined);
    const behind = new Map<string, number>();
    for (const { topic, messages } of this.#behind.values()) behind.set(topic, (behind.get(topic) ?? 0) + messages);
    return { readThrough: known ? Math.min(...times.map(Number)) : undefined, behind };
  }
}
