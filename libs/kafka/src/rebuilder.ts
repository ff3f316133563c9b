import type { Logger } from '@souk/observability';
import { atMost } from './at-most.js';

/** A client that has given no sign of life for this long is rebuilt (tulios/kafkajs#1445: it can stop without a word). */
export const SILENT_MS = 15_000;
const REBUILD_DELAY_MS = 500;
const WATCH_MS = 1_000;

export interface RebuilderOptions {
  readonly groupId: string;
  /** Ends what there was and builds anew; is tried again when it fails. */
  readonly open: () => Promise<void>;
  /** Whether there is a broker to talk to; without one silence is no fault of the client. */
  readonly isReachable: () => Promise<boolean>;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

/**
 * Keeps a client alive: whatever ends it, or makes it fall silent, it is built anew, one attempt at a time. While no broker
 * answers it is left as it is: a new client would be a new member, and the group waits for the old one until that has expired.
 */
export class Rebuilder {
  readonly #options: RebuilderOptions;
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Timeout | undefined;
  #lastSign = -Infinity;
  #lastOutage = -Infinity;
  #stopping = false;
  #rebuilding: Promise<void> | undefined;

  constructor(options: RebuilderOptions) {
    this.#options = options;
  }

  get stopping(): boolean {
    return this.#stopping;
  }

  start(): void {
    this.#timer = setInterval(() => void this.#watch(), WATCH_MS);
    this.#rebuild('start');
  }

  /** Resolves when no attempt is under way, or after `timeoutMs`: one could wait for a broker for long. */
  async stop(timeoutMs: number): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#timer);
    clearTimeout(this.#soon);
    if (!this.#rebuilding) return;
    await atMost(timeoutMs, this.#rebuilding);
  }

  alive(): void {
    this.#lastSign = performance.now();
  }

  isSilent(): boolean {
    return performance.now() - this.#lastSign > SILENT_MS;
  }

  soon(reason: string): void {
    clearTimeout(this.#soon);
    this.#soon = setTimeout(() => this.#rebuild(reason), REBUILD_DELAY_MS);
  }

  async #watch(): Promise<void> {
    if (!this.isSilent() || this.#rebuilding) return;
    if (!(await this.#options.isReachable())) this.#lastOutage = performance.now();
    // After an outage it has as long again to find back by itself.
    else if (performance.now() - this.#lastOutage > SILENT_MS) this.#rebuild('silent');
  }

  #rebuild(reason: string): void {
    if (this.#stopping || this.#rebuilding) return;
    this.alive();
    const { groupId, open, log } = this.#options;
    log.info({ groupId, reason }, 'building the Kafka consumer');
    this.#rebuilding = open()
      .catch((error: unknown) => {
        if (this.#stopping) return;
        log.warn({ err: error }, 'the Kafka consumer could not be started, trying again');
        this.soon('retry');
      })
      .finally(() => {
        this.#rebuilding = undefined;
      });
  }
}
