import type { Views } from '../persistence/views.js';
import type { Rebuild } from './rebuild.js';

export interface RebuildWatchOptions {
  readonly views: Pick<Views, 'current' | 'markIncomplete'>;
  readonly rebuild: Pick<Rebuild, 'start' | 'finished' | 'current' | 'dropUnusedSoon'>;
  readonly logger: Record<'debug' | 'warn', (fields: object, message: string) => void>;
  readonly everyMs?: number;
}

const EVERY_MS = 3_000;
const MAX_PAUSE_MS = 60_000;

/**
 * Starts a rebuild where one is owed: the views were never filled, their database was emptied, records were gone from the log
 * before they were read, or a rebuild was killed. The lease keeps it to one process.
 */
export class RebuildWatch {
  readonly #options: RebuildWatchOptions;
  #gap = false;
  #looking = false;
  #failures = 0;
  #notBefore = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RebuildWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => void this.look(), this.#options.everyMs ?? EVERY_MS);
    void this.look();
    // Whoever swapped last may have been stopped before he could.
    this.#options.rebuild.dropUnusedSoon();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Remembered until the store has it. */
  gap(topic: string): void {
    this.#options.logger.warn({ topic }, 'records are gone from the log that were never read: the views are rebuilt');
    this.#gap = true;
    void this.look();
  }

  async look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    const { views, rebuild, logger } = this.#options;
    try {
      if (this.#gap) await views.markIncomplete();
      this.#gap = false;
      const { complete, building } = await views.current();
      if (complete && building === null) return;
      if (performance.now() < this.#notBefore) return;
      await rebuild.start();
      void rebuild.finished().then(() => this.#ended());
    } catch (error) {
      // The store is away, or another process is at it: the next look will see.
      logger.debug({ err: error }, 'no rebuild started');
    } finally {
      this.#looking = false;
    }
  }

  /** A rebuild that cannot succeed must not read the whole source every few seconds. */
  #ended(): void {
    this.#failures = this.#options.rebuild.current.state === 'failed' ? this.#failures + 1 : 0;
    this.#notBefore = performance.now() + (this.#failures && Math.min(MAX_PAUSE_MS, 1_000 * 2 ** this.#failures));
  }
}
